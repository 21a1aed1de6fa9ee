"""What a person does with a send: each a button of the issue's page, and a service behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from newsletter.admin.pages import ReasonField
from newsletter.models import Issue
from newsletter.sending.accounting import account_for
from newsletter.sending.doubts import choose_policy, held_rows, let_held_go, send_held_again
from newsletter.sending.freezing import count_audience
from newsletter.sending.guard import in_the_way
from newsletter.sending.pausing import cancel_issue, pause_issue, resume_issue
from newsletter.sending.rounds import send_issue, wake_for
from tools.figures import number

_S = Issue.Status
_ON_ITS_WAY = (_S.FROZEN, _S.SENDING)


class StepForm(forms.Form):
    """`issue` is whose page it stands on."""

    def __init__(self, issue: Issue, *args: Any, **options: Any) -> None:
        self.issue = issue
        super().__init__(*args, **options)


class ConfirmedForm(StepForm):
    """A tick beside a sentence that says what will happen, and to how many."""

    confirmed = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick the box, so that nobody does this by a slip of the hand.")}
    )

    def __init__(self, issue: Issue, *args: Any, **options: Any) -> None:
        super().__init__(issue, *args, **options)
        self.fields["confirmed"].label = self.sentence()

    def sentence(self) -> str:
        raise NotImplementedError


class SendForm(ConfirmedForm):
    def sentence(self) -> str:
        audience = count_audience()
        said = ngettext(
            "Yes, send %(issue)s to %(count)s reader now.",
            "Yes, send %(issue)s to %(count)s readers now.",
            audience.readers,
        ) % {"issue": self.issue, "count": number(audience.readers)}
        if not audience.choosy:
            return said
        left_out = ngettext(
            "%(count)s of them gets it only if something changed that they follow.",
            "%(count)s of them get it only if something changed that they follow.",
            audience.choosy,
        )
        return f"{said} {left_out % {'count': number(audience.choosy)}}"


class CancelForm(ConfirmedForm):
    def sentence(self) -> str:
        rest = account_for(self.issue).open
        said = ngettext(
            "Yes, call off the rest of %(issue)s: at most %(count)s reader will not get it.",
            "Yes, call off the rest of %(issue)s: at most %(count)s readers will not get it.",
            rest,
        )
        return said % {"issue": self.issue, "count": number(rest)}


class PauseForm(StepForm):
    said = ReasonField(label=gettext_lazy("Why"), error_messages={"required": gettext_lazy("Say why, for the others.")})


class PolicyForm(StepForm):
    policy = forms.ChoiceField(
        label=gettext_lazy("When nobody knows whether a mail arrived"),
        choices=Issue.DoubtPolicy.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, issue: Issue, *args: Any, **options: Any) -> None:
        super().__init__(issue, *args, initial={"policy": issue.doubt_policy}, **options)


class HeldForm(StepForm):
    """Some of those that are held, by the boxes beside their names, or all of them, named or not: as many as stood on
    the page.
    """

    rows = forms.TypedMultipleChoiceField(coerce=int, required=False)
    everyone = forms.BooleanField(required=False)
    held = forms.IntegerField(required=False)

    def __init__(self, issue: Issue, *args: Any, **options: Any) -> None:
        super().__init__(issue, *args, **options)
        fields: dict[str, Any] = self.fields
        self.all_held = held_rows(issue) if self.is_bound else []
        fields["rows"].choices = [(pk, pk) for pk in self.all_held]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not found["rows"] and not found["everyone"]:
            raise forms.ValidationError(_("Tick those that you mean, or all of them."))
        if not self.errors and found["everyone"] and found["held"] != len(self.all_held):
            said = _("All that are held are %(count)s by now: look who they are, and tick them again.")
            raise forms.ValidationError(said % {"count": number(len(self.all_held))})
        return found

    @property
    def chosen(self) -> list[int]:
        return self.all_held if self.cleaned_data["everyone"] else self.cleaned_data["rows"]


@dataclass(frozen=True, slots=True)
class SendStep:
    """`label` is on its button, `says` what will happen; `run` returns what is said afterwards."""

    name: str
    label: Promise
    says: Promise | str
    run: Callable[[Issue, User, Any], str]
    is_for: Callable[[Issue], bool]
    form: type[StepForm] = StepForm


def _send(issue: Issue, by: User, form: Any) -> str:
    sent = send_issue(issue)
    said = ngettext(
        "%(issue)s is on its way to %(count)s reader.",
        "%(issue)s is on its way to %(count)s readers.",
        sent.expected or 0,
    )
    return said % {"issue": issue, "count": number(sent.expected or 0)}


def _pause(issue: Issue, by: User, form: Any) -> str:
    pause_issue(issue, by=by, said=form.cleaned_data["said"])
    return _("%(issue)s is paused: no further message goes out.") % {"issue": issue}


def _resume(issue: Issue, by: User, form: Any) -> str:
    resume_issue(issue)
    wake_for(issue)
    return _("%(issue)s goes on where it was.") % {"issue": issue}


def _cancel(issue: Issue, by: User, form: Any) -> str:
    cancel_issue(issue)
    return _("The rest of %(issue)s is called off.") % {"issue": issue}


def _policy(issue: Issue, by: User, form: Any) -> str:
    policy = Issue.DoubtPolicy(form.cleaned_data["policy"])
    choose_policy(issue, policy)
    return _("From now on: %(policy)s") % {"policy": policy.label}


def _send_again(issue: Issue, by: User, form: Any) -> str:
    chosen = form.chosen
    count = send_held_again(connection, issue_id=issue.pk, pks=chosen)
    wake_for(issue)
    said = ngettext("%(count)s is sent again.", "%(count)s are sent again.", count) % {"count": number(count)}
    if issue.status != _S.SENDING or in_the_way():
        said = f"{said} {_('They go out once the issue goes on.')}"
    if rest := len(chosen) - count:
        left = ngettext(
            "%(count)s may have had two copies already, so it stays.",
            "%(count)s may have had two copies already, so they stay.",
            rest,
        )
        return f"{said} {left % {'count': number(rest)}}"
    return said


def _leave(issue: Issue, by: User, form: Any) -> str:
    count = let_held_go(connection, issue_id=issue.pk, pks=form.chosen)
    said = ngettext("%(count)s is left as it is.", "%(count)s are left as they are.", count)
    return said % {"count": number(count)}


def _is_settling(issue: Issue) -> bool:
    return issue.status in (*_ON_ITS_WAY, _S.PAUSED)


STEPS = {
    step.name: step
    for step in (
        SendStep(
            "send",
            gettext_lazy("Send now"),
            gettext_lazy("Fixes the words and who gets them, and sends at once, whenever it is due."),
            _send,
            lambda issue: issue.status == _S.APPROVED,
            SendForm,
        ),
        SendStep(
            "pause",
            gettext_lazy("Pause"),
            gettext_lazy("No further message goes out. Whatever is on the wire at this moment still arrives."),
            _pause,
            lambda issue: issue.status in _ON_ITS_WAY,
            PauseForm,
        ),
        SendStep(
            "resume",
            gettext_lazy("Go on"),
            gettext_lazy("It goes on where it was: nobody is left out, and nobody is asked twice."),
            _resume,
            lambda issue: issue.status == _S.PAUSED,
        ),
        SendStep(
            "policy",
            gettext_lazy("Keep this"),
            gettext_lazy("Counts from now on, for what is in doubt already as well."),
            _policy,
            lambda issue: issue.status not in (_S.DONE, _S.CANCELLED),
            PolicyForm,
        ),
        SendStep(
            "cancel",
            gettext_lazy("Call off the rest"),
            gettext_lazy("What was sent was sent. Everybody else is skipped, for good."),
            _cancel,
            _is_settling,
            CancelForm,
        ),
    )
}
# On the list of those who are held.
HELD_STEPS = {
    step.name: step
    for step in (
        SendStep(
            "again",
            gettext_lazy("Send again"),
            gettext_lazy("Send again: whoever has it after all sees it twice."),
            _send_again,
            _is_settling,
            HeldForm,
        ),
        SendStep(
            "leave",
            gettext_lazy("Leave as they are"),
            gettext_lazy("Leave as they are: whoever does not have it will not get it. That cannot be taken back."),
            _leave,
            _is_settling,
            HeldForm,
        ),
    )
}
