"""Signing in by a code in a mail: one door for everybody, whether an account exists or not.

django-allauth sends a code to known addresses only and asks others to sign up on another page. Here both get the
same mail and the same page, and an account is opened once the code of an unknown address has been entered.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.http import HttpRequest

from accounts.services import admit


class CodeProcess(LoginCodeVerificationProcess):
    """One sent code: kept in the session of the browser that asked for it, for ten minutes and three tries."""

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:  # noqa: FBT001, FBT002
        get_adapter().send_mail("account/email/login_code", email, {"code": self.generate_code()})

    def finish(self, redirect_url: str | None) -> Any:
        self._user = admit(self.address)
        return super().finish(redirect_url)

    @property
    def address(self) -> str:
        return str(self.state["email"])


def send_code(request: HttpRequest, email: str) -> None:
    """Mail a fresh code and void the one this browser had. Whether there is an account is not looked up."""
    login = Login(email=email)
    login.state["stages"] = {"current": LoginByCodeStage.key}
    stage = LoginByCodeStage(LoginStageController(request, login), request, login)
    stage.state.update(CodeProcess.initial_state(user=None, email=email), initiated_by_user=True)
    process = CodeProcess(stage)
    process.send()
    process.persist()


def sent_code(request: HttpRequest) -> CodeProcess | None:
    """The code this browser may still enter."""
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    return CodeProcess(stage).abort_if_invalid() if stage else None
