"""The library at the desk: bring pictures, say what they show, find them again, take out what nothing uses."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.media import keeping
from editorial.media.forms import UploadForm
from editorial.media.keeping import Use, uses_of
from editorial.media.library import Image
from editorial.media.names import SMALL, sides_within
from editorial.media.picker import Picker
from editorial.stepping import reader_of


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin):
    """A file never changes: its name is its content. The alt text does, for those who may change its uses."""

    form = UploadForm
    change_form_template = "admin/editorial/image/change_form.html"
    list_display = ("thumb", "alt", "sides", "uploaded_at", "uploaded_by")
    list_display_links = ("thumb", "alt")
    list_select_related = ("uploaded_by",)
    search_fields = ("alt",)
    list_per_page = 50
    show_full_result_count = False
    readonly_fields: ClassVar = ("preview", "sides", "markdown", "uploaded_at", "uploaded_by")

    class Media:
        css: ClassVar = {"all": ["editorial/desk.css", "editorial/desk/pictures.css"]}
        js: ClassVar = ["editorial/desk/copy.js"]

    def get_urls(self) -> list[URLPattern]:
        picker = self.admin_site.admin_view(Picker(self).answer)
        return [path("picker/", picker, name="editorial_image_picker"), *super().get_urls()]

    def get_fields(self, request: HttpRequest, obj: Image | None = None) -> Any:
        return ("alt", *self.readonly_fields) if obj else ("picture", "alt")

    def get_readonly_fields(self, request: HttpRequest, obj: Image | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or keeping.may_change(reader_of(request), uses_of(obj)))

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:  # noqa: FBT001
        if change:
            return super().save_form(request, form, change)
        image = form.kept(reader_of(request))
        if form.is_known:
            said = _("This picture was in the library already, as “%(alt)s”. Nothing was added.")
            self.message_user(request, said % {"alt": image.alt}, messages.WARNING)
        return image

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:  # noqa: FBT001
        if change:
            super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """A picture has no parts."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What uses a picture keeps it, and is named to those who find it at the desk."""
        images = list(objs)
        kept_by = [self._named(request, use) for image in images for use in uses_of(image)]
        needed = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(image) for image in images], {self.opts.verbose_name_plural: len(images)}, needed, kept_by

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        self.delete_queryset(request, Image.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> None:
        with transaction.atomic():
            for image in queryset.select_for_update():
                if uses_of(image):
                    raise PermissionDenied
                keeping.discard(image)

    @admin.display(description=gettext_lazy("picture"))
    def thumb(self, image: Image) -> SafeString:
        return _shown(image)

    @admin.display(description=gettext_lazy("picture"))
    def preview(self, image: Image) -> SafeString:
        return format_html('<a href="{}">{}</a>', image.get_absolute_url(), _shown(image))

    @admin.display(description=gettext_lazy("size"))
    def sides(self, image: Image) -> str:
        return f"{image.width} × {image.height}, {max(1, round(image.weight / 1000))} kB"

    @admin.display(description=gettext_lazy("For a Markdown text"))
    def markdown(self, image: Image) -> SafeString:
        said = '<code class="snippet" data-copy="{}" data-copied="{}">{}</code>'
        return format_html(said, _("Copy"), _("Copied"), image.snippet)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        image = context["original"]
        context["uses"] = [self._named(request, use) for use in uses_of(image)] if image else []
        return super().render_change_form(request, context, *args, **options)

    def _named(self, request: HttpRequest, use: Use) -> SafeString | str:
        """A piece as somebody may know it: another's draft has no name here either."""
        kind = type(use.piece)
        desk: Any = self.admin_site._registry.get(kind)
        if desk is None or not desk.has_view_permission(request) or desk.get_object(request, str(use.piece.pk)) is None:
            return _("%(kind)s that is not yours to see") % {"kind": str(kind._meta.verbose_name).capitalize()}
        address = reverse(f"admin:{kind._meta.app_label}_{kind._meta.model_name}_change", args=[quote(use.piece.pk)])
        kinds = str(kind._meta.verbose_name).capitalize()
        return format_html('{}: <a href="{}">{}</a>', kinds, address, use.piece)


def _shown(image: Image) -> SafeString:
    width, height = sides_within(image.width, image.height, SMALL)
    return format_html(
        '<img class="picture" src="{}" alt="" width="{}" height="{}" loading="lazy">', image.small_url, width, height
    )
