"""What readers type to choose tools."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tools.models import Tool
from tools.searching import suggest_tools


class PickForm(forms.Form):
    """Two to four tools by name or address; `cleaned_data` holds the tools themselves."""

    a = forms.CharField(label=gettext_lazy("First tool"), max_length=120)
    b = forms.CharField(label=gettext_lazy("Second tool"), max_length=120)
    c = forms.CharField(label=gettext_lazy("Third tool"), max_length=120, required=False)
    d = forms.CharField(label=gettext_lazy("Fourth tool"), max_length=120, required=False)

    @property
    def slugs(self) -> list[str]:
        """The addresses of the tools that were chosen."""
        return [self.cleaned_data[name].slug for name in self.fields if self.cleaned_data.get(name)]

    def clean(self) -> dict[str, Any]:
        typed = {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)}
        known = list(Tool.objects.published().named(*typed.values())) if typed else []
        chosen: list[Tool] = []
        for name, text in typed.items():
            self._choose(name, text, known)
            tool = self.cleaned_data.get(name)
            if tool in chosen:
                self.add_error(name, _("That is the same tool twice. Choose another one to set beside it."))
            elif tool:
                chosen.append(tool)
        return self.cleaned_data

    def _choose(self, name: str, text: str, known: list[Tool]) -> None:
        """An address wins over a name; of several tools with one name the reader must say which."""
        by_slug = [tool for tool in known if tool.slug == text.lower()]
        matches = by_slug or [tool for tool in known if tool.name.lower() == text.lower()]
        if len(matches) == 1:
            self.cleaned_data[name] = matches[0]
        elif matches:
            addresses = ", ".join(tool.slug for tool in matches)
            words = _("Several tools have this name. Type one of their addresses: %(addresses)s.")
            self.add_error(name, words % {"addresses": addresses})
        else:
            similar = list(dict.fromkeys(name for name, _slug in suggest_tools(text)))[:3]
            words = (
                _("No tool called “%(text)s” is listed here. Did you mean %(names)s?")
                if similar
                else _("No tool called “%(text)s” is listed here. Pick one from the list.")
            )
            self.add_error(name, words % {"text": text, "names": f" {_('or')} ".join(similar)})
