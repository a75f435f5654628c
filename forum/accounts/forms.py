"""What the pages of accounts send. Every field is text; the domain judges it."""

import msgspec


class SignupForm(msgspec.Struct):
    """/signup and /setup/{token}."""

    name: str = ""
    display_name: str = ""
    email: str = ""
    password: str = ""
    next: str = ""


class LoginForm(msgspec.Struct):
    """/login. `login`: a name or an e-mail address; `name` is taken as well."""

    login: str = ""
    name: str = ""
    password: str = ""
    next: str = ""

    @property
    def who(self) -> str:
        """What was typed."""
        return self.login or self.name


class VerifyForm(msgspec.Struct):
    """/verify/{token}. `mark` is our signature under `email`: the page showed this address behind a living link."""

    email: str = ""
    mark: str = ""
    next: str = ""


class AddressForm(msgspec.Struct):
    """/password/forgot."""

    email: str = ""


class PasswordForm(msgspec.Struct):
    """A new password: /password/reset/{token}, /link/{token}."""

    password: str = ""


class ChangePasswordForm(msgspec.Struct):
    """/settings/account/password."""

    current_password: str = ""
    password: str = ""


class ChangeEmailForm(msgspec.Struct):
    """/settings/account/email."""

    email: str = ""
    current_password: str = ""


class TokenForm(msgspec.Struct):
    """/settings/tokens."""

    label: str = ""
    scopes: list[str] = []
    current_password: str = ""
