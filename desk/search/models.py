"""The blind index: keyed tokens of what is sealed, so that the desk can look things up without plaintext at rest."""

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from desk.db import Base, Row


class Identifier(Row):
    """A keyed fingerprint of an e-mail address, a telephone number or a name on a ticket."""

    __tablename__ = "identifier"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    kind: Mapped[str] = mapped_column(String(6))
    token: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_identifier_token", "kind", "token", "ticket_id"),)


class SearchDoc(Base):
    """The 32-bit bigram tokens of one ticket's text. PostgreSQL only; SQLite keeps them as words in an FTS5 table."""

    __tablename__ = "search_doc"
    __table_args__ = (
        Index("ix_search_doc_tokens", "tokens", postgresql_using="gin"),
        {"info": {"only_on": "postgresql"}},
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    tokens: Mapped[list[int]] = mapped_column(ARRAY(Integer))
