from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with a site of ours."""

    default_site = "accounts.desk.DeskSite"
