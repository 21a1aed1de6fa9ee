"""Finding a picture for a text: a page that works by itself, and the same as JSON for the Markdown toolbar."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from editorial.media.forms import UploadForm
from editorial.media.library import Image
from editorial.stepping import reader_of

_A_PAGE = 24


class Picker:
    """The view of `admin:editorial_image_picker`, for whoever may look at pictures; to upload takes the right to add.

    GET ?q=words&page=2, POST picture and alt; with format=json both answer in JSON.
    """

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        if not self.desk.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._found(request, UploadForm())
        if not self.desk.has_add_permission(request):
            raise PermissionDenied
        return self._uploaded(request)

    def _uploaded(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES)
        wants_json = _wants_json(request)
        if not form.is_valid():
            if wants_json:
                return JsonResponse({"errors": form.errors}, status=400)
            return self._found(request, form)
        image = form.kept(reader_of(request))
        if not form.is_known:
            self.desk.log_addition(request, image, [{"added": {}}])
        if wants_json:
            return JsonResponse({"picture": _plain(image), "is_known": form.is_known}, status=201)
        said = _("It was in the library already, as “%(alt)s”.") if form.is_known else _("“%(alt)s” is in the library.")
        messages.success(request, said % {"alt": image.alt})
        return HttpResponseRedirect(f"{request.path}?{urlencode({'q': image.alt})}")

    def _found(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        asked = request.GET.get("q", "")[:200].replace("\0", "")
        images = Image.objects.all()
        for word in asked.split():
            images = images.filter(alt__icontains=word)
        page = Paginator(images, _A_PAGE).get_page(request.GET.get("page"))
        if _wants_json(request):
            following = page.next_page_number() if page.has_next() else None
            return JsonResponse({"pictures": [_plain(image) for image in page], "next_page": following})
        context = {
            **self.desk.admin_site.each_context(request),
            "title": _("Pictures"),
            "opts": self.desk.opts,
            "asked": asked,
            "page": page,
            "form": form if self.desk.has_add_permission(request) else None,
            "media": self.desk.media + form.media,
        }
        return TemplateResponse(request, "admin/editorial/image/picker.html", context)


def _wants_json(request: HttpRequest) -> bool:
    return (request.GET.get("format") or request.POST.get("format")) == "json"


def _plain(image: Image) -> dict[str, Any]:
    """A picture as a script needs it; `snippet` is what goes into the text."""
    return {
        "alt": image.alt,
        "url": image.get_absolute_url(),
        "small_url": image.small_url,
        "width": image.width,
        "height": image.height,
        "snippet": image.snippet,
    }
