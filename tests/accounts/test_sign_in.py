from __future__ import annotations
import pytest
from django.test import Client
from accounts.models import User
from tests.accounts.entrance import *
pytestmark = pytest.mark.django_db
def test_x(client: Client):
    sign_in(client)
    print(arrived()[0].subject, arrived()[0].body)
    r = client.get("/accounts/")
    assert r.status_code == 200
    print(r.headers)
    for a in ("passkeys/add/","close/","data/","login/again/"):
        r = client.get("/accounts/"+a); print(a, r.status_code, r.content[:300])
    assert 0
