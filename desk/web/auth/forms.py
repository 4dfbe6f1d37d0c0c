"""The forms of signing in and of one's own account."""

from flask_babel import lazy_gettext as _
from wtforms import EmailField, Form, HiddenField, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import EqualTo, InputRequired, Length

from desk.accounts.passwords import LEAST, MOST, WeakPassword, check_strength
from desk.web.choices import SelectChoice

LANGUAGES = (SelectChoice("ja", "日本語"), SelectChoice("en", "English"))
NEEDED_EMAIL = InputRequired(_("メールアドレスを入力してください"))


class SignInForm(Form):
    """Who, with which password, and where to go then."""

    email = EmailField(
        _("メールアドレス"), validators=[NEEDED_EMAIL, Length(max=254, message=_("メールアドレスが長すぎます"))]
    )
    password = PasswordField(_("パスワード"), validators=[InputRequired(_("パスワードを入力してください"))])
    next = HiddenField()


class ResetForm(Form):
    """Whose password is to be set anew."""

    email = EmailField(
        _("メールアドレス"), validators=[NEEDED_EMAIL, Length(max=254, message=_("メールアドレスが長すぎます"))]
    )


class NewPasswordForm(Form):
    """A new password, twice."""

    new = PasswordField(_("新しいパスワード"), validators=[InputRequired(_("新しいパスワードを入力してください"))])
    again = PasswordField(
        _("新しいパスワード（確認）"),
        validators=[
            InputRequired(_("確認のため、新しいパスワードをもう一度入力してください")),
            EqualTo("new", _("確認用のパスワードが一致しません。もう一度入力してください")),
        ],
    )

    def validate_new(self, field: PasswordField) -> None:
        """Refuse what is easily guessed."""
        try:
            check_strength(field.data or "")
        except WeakPassword as error:
            raise ValidationError(
                _("%(least)s文字以上%(most)s文字以下で、推測されにくいものにしてください", least=LEAST, most=MOST)
            ) from error


class ChangePasswordForm(NewPasswordForm):
    """The old password too, from somebody who was signed in all along."""

    current = PasswordField(_("現在のパスワード"), validators=[InputRequired(_("現在のパスワードを入力してください"))])


class ProfileForm(Form):
    """What colleagues see, and the language of pages and mails."""

    name = StringField(
        _("表示名"),
        validators=[
            InputRequired(_("表示名を入力してください")),
            Length(max=100, message=_("表示名は100文字以内で入力してください")),
        ],
    )
    language = RadioField(_("表示言語"), choices=LANGUAGES, validators=[InputRequired(_("表示言語を選んでください"))])
