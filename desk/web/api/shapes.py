"""The documents of the public intake, as the OpenAPI description shows them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from desk.tickets.asking import LIMITS, METHODS, MORE_KINDS, PUBLIC_KINDS, RELATIONS, Asked
from desk.tickets.models import Population

SOMETHING = r"\S"


def _text(name: str, description: str = "") -> str:
    """Return an optional text of at most as many characters as the form takes."""
    found: str = Field("", max_length=LIMITS[name], description=description)
    return found


class Key(BaseModel):
    """The header that makes a repeated call harmless."""

    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A fresh random text for each request. The same key with the same body gets the same answer for "
        "24 hours; with another body 422. The answer is kept sealed under the key itself, so make it hard to guess.",
    )


class NewRequest(BaseModel):
    """What a person asks: an inquiry, a complaint or a request about their personal information."""

    model_config = ConfigDict(strict=True)

    kind: Literal[PUBLIC_KINDS + MORE_KINDS] = Field(  # type: ignore[valid-type]  # computed from the law's choices
        description="D33 see my data, C34 correct it, S355 stop using or erase it, P32 what is it used for, T33 to "
        "whom was it given, K40 complaint, N-GEN other; I32, X353 and N-… are narrower. A kind that is "
        "not offered at present is refused"
    )
    population: Literal[tuple(str(member) for member in Population)]  # type: ignore[valid-type]  # the enum's values
    name: str = Field(min_length=1, max_length=LIMITS["name"], pattern=SOMETHING)
    email: str = Field(min_length=3, max_length=LIMITS["email"], json_schema_extra={"format": "email"})
    language: Literal["ja", "en"] = Field(description="The language of letters and of the status page")
    body: str = Field(min_length=1, max_length=LIMITS["body"], pattern=SOMETHING, description="What is asked")
    about: str = _text("about", "Which information, service or period")
    method: Literal[("", *METHODS)] = Field("", description="How disclosed data shall be handed over")  # type: ignore[valid-type]
    reading: str = _text("reading", "ふりがな")
    company: str = _text("company")
    department: str = _text("department")
    phone: str = _text("phone")
    postal_code: str = _text("postal_code")
    address: str = _text("address")
    acts: Literal["", "self", "agent"] = Field("", description="`agent` when somebody acts for the person")
    agent_name: str = _text("agent_name")
    agent_relation: Literal[("", *RELATIONS)] = ""  # type: ignore[valid-type]
    agent_email: str = _text("agent_email")
    agent_phone: str = _text("agent_phone")
    agent_postal_code: str = _text("agent_postal_code")
    agent_address: str = _text(
        "agent_address", "Where a statutory representative or lawyer without e-mail is written to"
    )

    def answers(self) -> dict[str, str]:
        """Return the answers by the names of the form."""
        known = set(Asked.__dataclass_fields__)
        return {name: str(value) for name, value in self.model_dump().items() if name in known}


class Accepted(BaseModel):
    """The request has arrived and is stored."""

    ref: str = Field(description="The reference, in groups of four")
    status_url: str = Field(description="The secret link to the status page; it is a key, keep it so")
    received_at: str = Field(json_schema_extra={"format": "date-time"})
    due_on: str | None = Field(
        json_schema_extra={"format": "date"}, description="When the desk aims to be done (Japan), if there is a date"
    )
