"""Words of the templates, translated once: when a template is compiled, not when it is printed.

The language is the edition's and never the reader's (docs/decisions/0017), so a compiled template may hold the
translation itself. A page then costs the same in every language. Only plurals are chosen while a page is printed.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, ngettext, override
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


def install(env: Environment) -> None:
    """Give an environment {% trans %}, _() and ngettext() of Django's translations."""
    env.add_extension("jinja2.ext.i18n")
    env.policies["ext.i18n.trimmed"] = True
    env.code_generator_class = _Translating
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    # Put in place below, or not used; and each global makes every import of a macro slower.
    for name in ("gettext", "pgettext", "npgettext"):
        del env.globals[name]


class _Translating(CodeGenerator):
    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802
        with override(settings.LANGUAGE_CODE):
            super().visit_Template(_Translation().visit(node), frame)


class _Translation(NodeTransformer):
    """Puts the translation in the place of a message whose words are known; names in it become what they stand for."""

    def visit_Call(self, node: nodes.Call, *_: Any) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="gettext" | "_"), args=[nodes.Const(value=str(words))], dyn_kwargs=None
            ):
                pieces = list(_pieces(gettext(words), {pair.key: pair.value for pair in node.kwargs}))
                return pieces[0] if len(pieces) == 1 else nodes.Concat(pieces, lineno=node.lineno)
        return node

    def visit_Output(self, node: nodes.Output, *_: Any) -> nodes.Node:  # noqa: N802
        """What is printed piece by piece need not be joined first."""
        self.generic_visit(node)
        node.nodes = [
            piece for child in node.nodes for piece in (child.nodes if isinstance(child, nodes.Concat) else [child])
        ]
        return node


def _pieces(words: str, named: dict[str, nodes.Expr]) -> list[nodes.Expr]:
    """A message cut at its places; KeyError for one that the template does not name."""
    pieces: list[nodes.Expr] = []
    text, end = "", 0
    for place in _PLACE.finditer(words):
        text += words[end : place.start()]
        end = place.end()
        if place[1] is None:
            text += "%"
        else:
            pieces += [nodes.Const(_printed(text)), named[place[1]]]
            text = ""
    pieces.append(nodes.Const(_printed(text + words[end:])))
    return [piece for piece in pieces if not isinstance(piece, nodes.Const) or piece.value] or pieces[-1:]


def _printed(text: str) -> str:
    """Our own words may hold tags; those without anything to escape stay plain, which is cheaper to hand around."""
    return text if escape(text) == text else Markup(text)  # noqa: S704
