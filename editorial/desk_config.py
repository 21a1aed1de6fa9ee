"""How Django's admin is installed: apart from the site itself, which imports models and so has to come later."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with a site of ours."""

    default_site = "editorial.site.DeskSite"
