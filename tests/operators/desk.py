"""Somebody before the login page, with or without a telephone."""

from typing import Any

from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.test import Client

from storefront import clock
from storefront.home import factor, totp

PASSWORD = "a long enough passphrase"
LOGIN, CODE, ENROL = "/admin/login/", "/admin/second-factor/", "/admin/second-factor/enrol/"


class Quick(MD5PasswordHasher):
    """Hashes in no time, and counts how often: no clock is needed to see that one path costs as much as another."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        Quick.hashed += 1
        return super().encode(password, salt)


class Desk:
    """A browser and a telephone. secret: what the telephone's app knows."""

    def __init__(self, *, address: str = "192.0.2.1") -> None:
        self.client = Client(REMOTE_ADDR=address)
        self.secret = ""

    def operator(self, name: str = "ada", *, enrolled: bool = True, **fields: Any) -> User:
        """Somebody with a password, and a device unless said otherwise."""
        fields = {"is_staff": True, "is_superuser": True} | fields
        user = User.objects.create_user(name, password=PASSWORD, **fields)
        if enrolled:
            self.codes = self.enrol(user)
        return user

    def enrol(self, user: User) -> list[str]:
        """Behind the pages' back; the code of an earlier step, so that the present one still counts."""
        self.secret = totp.new_secret()
        codes = factor.enrol(user, self.secret, self.code(steps=-1))
        assert codes
        return codes

    def code(self, *, steps: int = 0) -> str:
        """What the telephone shows at this moment, or some steps later."""
        return totp.code_of(self.secret, totp.step_at(clock.now()) + steps)

    def wrong_code(self) -> str:
        """Six digits that are not right now, nor a step off."""
        right = {self.code(steps=step) for step in range(-2, 3)}
        return next(text for n in range(10) if (text := f"{n:06}") not in right)

    def password(self, name: str = "ada", password: str = PASSWORD, where: str = LOGIN) -> Any:
        """Send the login form."""
        return self.client.post(where, {"username": name, "password": password})

    def give(self, code: str, **fields: str) -> Any:
        """Send a code."""
        return self.client.post(CODE, {"code": code} | fields)

    def sign_in(self, name: str = "ada") -> Any:
        """Both."""
        self.password(name)
        return self.give(self.code())

    def is_in(self) -> bool:
        """Whether the back office opens."""
        return bool(self.client.get("/admin/").status_code == 200)
