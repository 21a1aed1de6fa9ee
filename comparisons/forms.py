"""What readers type to choose tools."""

from __future__ import annotations

from typing import Any

from django import forms

from tools.models import Tool
from tools.searching import suggest_tools


class PickForm(forms.Form):
    """Two tools by name or address; `cleaned_data` holds the tools themselves."""

    a = forms.CharField(label="First tool", max_length=120)
    b = forms.CharField(label="Second tool", max_length=120)

    def clean(self) -> dict[str, Any]:
        typed = {name: self.cleaned_data[name] for name in ("a", "b") if self.cleaned_data.get(name)}
        known = list(Tool.objects.published().named(*typed.values())) if typed else []
        for name, text in typed.items():
            self._choose(name, text, known)
        first, second = self.cleaned_data.get("a"), self.cleaned_data.get("b")
        if first and first == second:
            self.add_error("b", "That is the same tool twice. Choose another one to set beside it.")
        return self.cleaned_data

    def _choose(self, name: str, text: str, known: list[Tool]) -> None:
        """An address wins over a name; of several tools with one name the reader must say which."""
        by_slug = [tool for tool in known if tool.slug == text.lower()]
        matches = by_slug or [tool for tool in known if tool.name.lower() == text.lower()]
        if len(matches) == 1:
            self.cleaned_data[name] = matches[0]
        elif matches:
            addresses = ", ".join(tool.slug for tool in matches)
            self.add_error(name, f"Several tools have this name. Type one of their addresses: {addresses}.")
        else:
            similar = list(dict.fromkeys(name for name, _ in suggest_tools(text)))[:3]
            hint = f" Did you mean {' or '.join(similar)}?" if similar else " Pick one from the list."
            self.add_error(name, f"No tool called “{text}” is listed here.{hint}")
