"""Identity documents: judged once, covered without a gap, destroyed on their day in every copy, and what is confirmed by them."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.ctx import AppContext
from sqlalchemy import select

from desk import clock, jobs
from desk.attachments.files import IncomingFile, file_info, read_file, staff_file_key
from desk.attachments.models import Attachment, FileState
from desk.attachments.storage import Missing, list_blobs_before, read_blob
from desk.clock import date_of
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import staff_actor
from desk.handling import contacts, correspondence, decisions, documents, identity, resolution
from desk.handling.casework import WaitRequest, start_wait
from desk.handling.contacts import SecondPerson
from desk.handling.correspondence import Addition
from desk.handling.identity import Basis, ProofLacking
from desk.handling.intake import Opened
from desk.handling.outgoing import addressee_of
from desk.handling.resolution import Closing
from desk.law.proof import Lacking, get_proof
from desk.law.waits import WaitReason
from desk.mail.journal import open_key, raw_chunks
from desk.mail.models import MailKind, OutboxMail
from desk.mail.reading.reader import Reader
from desk.mail.received import open_received, parsed_of
from desk.tickets.address_requests import NewAddress, find_address_request
from desk.tickets.content import Contact
from desk.tickets.decisions import Decided, Item, Result, find_standing
from desk.tickets.errors import NotAllowed
from desk.tickets.identity import DocumentState, Erased, IdentityDocument, list_documents
from desk.tickets.models import Direction, Message
from desk.tickets.queries import hold
from desk.tickets.states import State
from desk.transaction import transaction
from desk.vault.keys import DataKey, Purpose, keys_of
from desk.vault.seal import Unreadable, new_token
from tests.cases import BASE_URL, act, add_staff, open_one, see_to_duties, ticket_of
from tests.mail.arriving import DESK, arrive, mail_bytes
from tests.mail.arriving import row_of as row_of_mail
from tests.moment import travel_to
from tests.pictures import picture

AGENT = Contact(name="代理 花子", email="agent@example.jp", relation="appointed")


@pytest.fixture
def opened(context: AppContext) -> Opened:
    """A disclosure request."""
    return open_one(kind="D33")


def give(opened: Opened, document: str = "licence", *, of_agent: bool = False) -> int:
    """Send a document through the link; return its id."""
    case_key, nonce = keys_of(opened.ticket_id)[Purpose.CASE], new_token()
    with transaction():
        file = IncomingFile()
        file.write(picture())
        file.park("licence.jpg", nonce, clock.now())
    sent = Addition("確認書類をお送りします", nonce, document=document, of_agent=of_agent)
    act(opened, correspondence.receive_addition, sent, case_key, clock.now())
    db.session.rollback()
    return list_documents(opened.ticket_id)[-1].id


def accept(opened: Opened, document_id: int, staff: int) -> None:
    row = db.session.get_one(IdentityDocument, document_id)
    seen = {code for code, _text in get_proof().document(row.document).checks}
    act(opened, documents.accept_document, document_id, seen, staff_actor(staff), clock.now())


def row_of(document_id: int) -> IdentityDocument:
    db.session.rollback()
    return db.session.get_one(IdentityDocument, document_id, populate_existing=True)


def file_of(document_id: int) -> Attachment:
    return db.session.get_one(Attachment, row_of(document_id).file_id, populate_existing=True)


def told(kind: EventKind) -> list[dict[str, object]]:
    db.session.rollback()
    return list(db.session.scalars(select(Event.facts).where(Event.kind == kind).order_by(Event.id)))


def test_what_a_person_names_is_a_document_and_ends_the_wait(opened: Opened) -> None:
    asked = WaitRequest(WaitReason.IDENTITY, "確認書類をお送りください")
    act(opened, start_wait, asked, staff_actor(add_staff()), clock.now(), BASE_URL)
    row = row_of(give(opened))
    assert (row.document, row.state, row.of_agent, row.erase_on) == ("licence", DocumentState.GIVEN, False, None)
    assert (ticket_of(opened).state, ticket_of(opened).waiting_for) == (State.TRIAGED, None)
    assert told(EventKind.DOCUMENT_GIVEN) == [{"document": "licence", "count": 1}]


def test_it_is_judged_once_and_kept_for_thirty_days(opened: Opened) -> None:
    staff, other = add_staff(), add_staff()
    document = give(opened)
    for seen in (set(), {"name"}, {"name", "address", "current", "domicile", "front"}):
        with pytest.raises(NotAllowed):
            act(opened, documents.accept_document, document, seen, staff_actor(staff), clock.now())
    accept(opened, document, staff)
    row, on = row_of(document), date_of(clock.now()) + timedelta(days=30)
    assert (row.state, row.checked_by, row.erase_on) == (DocumentState.ACCEPTED, staff, on)
    assert row.seen == ["name", "address", "current", "domicile"]
    with pytest.raises(NotAllowed):
        act(opened, documents.refuse_document, document, "二重の確認", staff_actor(other), clock.now())
    with travel_to(clock.now() + timedelta(days=29)):
        jobs.purge()
    assert row_of(document).erased_at is None
    with travel_to(clock.now() + timedelta(days=30)):
        jobs.purge()
        jobs.purge()
    row, file = row_of(document), file_of(document)
    assert (row.erased, file.state, file.key_id, file.case_wrapped) == (Erased.DUE, FileState.ERASED, None, None)
    assert (row.state, row.checked_by) == (DocumentState.ACCEPTED, staff), "what was checked, by whom, stays"
    assert list(list_blobs_before(clock.now() + timedelta(days=60))) == []
    assert told(EventKind.DOCUMENT_ERASED) == [{"document": "licence", "why": "due"}]


def test_what_nobody_judged_goes_thirty_days_after_the_end(context: AppContext) -> None:
    opened = open_one()
    document = give(opened)
    with travel_to(clock.now() + timedelta(days=200)):
        jobs.purge()
    assert row_of(document).erased_at is None, "the case is open"
    act(opened, resolution.close, Closing("K-OK"), staff_actor(add_staff()), clock.now(), BASE_URL)
    with travel_to(clock.now() + timedelta(days=29, hours=23)):
        jobs.purge()
    assert row_of(document).erased_at is None
    with travel_to(clock.now() + timedelta(days=30, minutes=1)):
        jobs.purge()
    assert row_of(document).erased == Erased.DUE


def test_a_key_that_was_kept_opens_nothing_of_what_is_destroyed(opened: Opened) -> None:
    document = give(opened)
    file = file_of(document)
    key, blob = staff_file_key(file), file.blob
    assert b"".join(read_file(file, key)).startswith(b"\xff\xd8")
    case_key = keys_of(opened.ticket_id)[Purpose.CASE]
    blobs = act(opened, documents.destroy_document, document, staff_actor(add_staff()), clock.now(), BASE_URL)
    assert blobs == [blob]
    gone = file_of(document)
    assert gone.case_wrapped is None
    assert case_key
    with pytest.raises(Missing):
        list(read_blob(gone.blob))


def test_what_must_not_have_come_is_destroyed_and_the_person_is_told(opened: Opened) -> None:
    document = give(opened, "my-number")
    act(opened, documents.destroy_document, document, staff_actor(add_staff()), clock.now(), BASE_URL)
    row = row_of(document)
    assert (row.state, row.erased) == (DocumentState.REFUSED, Erased.FORBIDDEN)
    assert told(EventKind.DOCUMENT_ERASED) == [{"document": "my-number", "why": "forbidden"}]
    mails = list(db.session.scalars(select(OutboxMail.kind).order_by(OutboxMail.id)))
    assert mails[-1] == MailKind.ANSWER
    assert db.session.scalars(select(Message.direction).order_by(Message.id.desc())).first() == Direction.OUT
    for again in (documents.destroy_document,):
        with pytest.raises(NotAllowed):
            act(opened, again, document, staff_actor(add_staff()), clock.now(), BASE_URL)


def test_a_covered_copy_takes_its_place_with_what_was_found(opened: Opened) -> None:
    staff, document = add_staff(), give(opened)
    accept(opened, document, staff)
    made = IncomingFile()
    made.write(picture("PNG"))
    sealed = made.finish("covered.jpg")
    copy, _blobs = act(opened, documents.replace_document, document, sealed, staff_actor(staff), clock.now())
    old, new = row_of(document), row_of(copy)
    assert (old.erased, new.erased) == (Erased.COVERED, None)
    assert (new.state, new.erase_on, new.seen) == (old.state, old.erase_on, old.seen)
    file = file_of(copy)
    assert b"".join(read_file(file, staff_file_key(file))) == picture("PNG")
    assert file.message_id == file_of(document).message_id
    assert identity.still_lacking(ticket_of(opened)) == ()
    with pytest.raises(NotAllowed):
        act(opened, documents.replace_document, document, sealed, staff_actor(staff), clock.now())


def test_two_who_judge_at_once_leave_one_judgement(opened: Opened, app: Flask) -> None:
    document, staff = give(opened), add_staff()
    start, failed = threading.Barrier(2), []

    def judge(accepts: bool) -> None:
        with app.app_context():
            start.wait()
            try:
                if accepts:
                    accept(opened, document, staff)
                else:
                    act(opened, documents.refuse_document, document, "不鮮明", staff_actor(staff), clock.now())
            except NotAllowed:
                failed.append(accepts)

    threads = [threading.Thread(target=judge, args=(accepts,)) for accepts in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 1
    assert len(told(EventKind.DOCUMENT_ACCEPTED) + told(EventKind.DOCUMENT_REFUSED)) == 1
    assert row_of(document).state == (DocumentState.REFUSED if failed[0] else DocumentState.ACCEPTED)


@pytest.fixture
def reader() -> Iterator[Reader]:
    """A reader of mails."""
    with Reader() as one:
        yield one


def test_a_document_that_came_by_mail_goes_out_of_the_mail_too(context: AppContext, reader: Reader) -> None:
    image = picture()
    done = arrive(reader, mail_bytes(files=[("card.jpg", image)]), to=(DESK,))
    mail, staff, now = row_of_mail(done), staff_actor(add_staff()), clock.now()
    ticket_id, mail_id = mail.ticket_id or 0, mail.id
    file_id = db.session.scalars(select(Attachment.id).where(Attachment.ticket_id == ticket_id)).one()
    with transaction():
        document = documents.mark_document(hold(ticket_id), file_id, "my-number", staff, now, of_agent=False)
    mail = row_of_mail(done)
    assert documents.brought_documents(mail.message_id or 0)
    raw, old_key = b"".join(raw_chunks(mail, open_key(mail))), mail.key_id
    assert b"card.jpg" in raw
    with transaction():
        documents.destroy_document(hold(ticket_id), document, staff, now, BASE_URL)
    mail = row_of_mail(done)
    assert mail.id == mail_id
    assert (mail.sealed, mail.blob) == (None, None)
    assert db.session.get(DataKey, old_key) is None, "no copy of the bytes opens any more"
    key, hop = open_received(mail)
    read = parsed_of(mail, key)
    assert read is not None
    assert read.subject
    assert hop.recipients
    with pytest.raises(NotAllowed), transaction():
        documents.mark_document(hold(ticket_id), file_id, "my-number", staff, now, of_agent=False)


def test_only_what_this_person_sent_is_marked(opened: Opened) -> None:
    other, staff = open_one(kind="D33"), staff_actor(add_staff())
    document = give(other)
    for file_id in (file_of(document).id, 1):
        with pytest.raises(NotAllowed):
            act(opened, documents.mark_document, file_id, "licence", staff, clock.now(), of_agent=False)
    with pytest.raises(NotAllowed):
        act(other, documents.mark_document, file_of(document).id, "licence", staff, clock.now(), of_agent=False)
    for verb in (documents.accept_document, documents.refuse_document):
        with pytest.raises(NotAllowed):
            act(opened, verb, document, "不鮮明", staff, clock.now())


def test_documents_confirm_when_they_are_enough(opened: Opened) -> None:
    staff = add_staff()
    who = staff_actor(staff)
    with pytest.raises(ProofLacking) as lacking:
        act(opened, identity.confirm_identity, Basis.DOCUMENTS, "", who, clock.now())
    assert lacking.value.lacking == (Lacking.IDENTITY,)
    accept(opened, give(opened, "passport"), staff)
    with pytest.raises(ProofLacking):
        act(opened, identity.confirm_identity, Basis.DOCUMENTS, "", who, clock.now())
    accept(opened, give(opened, "record"), staff)
    act(opened, identity.confirm_identity, Basis.DOCUMENTS, "", who, clock.now())
    assert ticket_of(opened).state == State.VERIFIED
    assert identity.is_confirmed(opened.ticket_id)
    assert {one.duty.code for one in decisions.list_duties(ticket_of(opened)) if one.is_done} == {"identity"}
    with pytest.raises(NotAllowed):
        act(opened, identity.confirm_identity, Basis.DOCUMENTS, "", who, clock.now())


def test_an_agents_authority_is_confirmed_with_it(context: AppContext) -> None:
    opened, staff = open_one(kind="D33", agent=AGENT), add_staff()
    accept(opened, give(opened, "licence", of_agent=True), staff)
    assert identity.still_lacking(ticket_of(opened)) == (Lacking.AUTHORITY, Lacking.SEAL)
    for document in ("attorney", "seal"):
        accept(opened, give(opened, document), staff)
    act(opened, identity.confirm_identity, Basis.DOCUMENTS, "", staff_actor(staff), clock.now())
    done = {one.duty.code for one in decisions.list_duties(ticket_of(opened)) if one.is_done}
    assert done == {"identity", "authority"}
    assert told(EventKind.IDENTITY_CONFIRMED) == [{"basis": "documents", "relation": "appointed"}]


def test_another_basis_says_why_and_ends_a_wait(opened: Opened) -> None:
    who = staff_actor(add_staff())
    act(opened, start_wait, WaitRequest(WaitReason.IDENTITY, "書類をお送りください"), who, clock.now(), BASE_URL)
    with pytest.raises(NotAllowed):
        act(opened, identity.confirm_identity, Basis.ACCOUNT, "", who, clock.now())
    act(opened, identity.confirm_identity, Basis.ACCOUNT, "会員ページにログインして届いた", who, clock.now())
    ticket = ticket_of(opened)
    assert (ticket.state, ticket.waiting_for) == (State.VERIFIED, None)


def change_together(opened: Opened, first: int, second: int) -> None:
    """Have one ask for another address and a second person approve it."""
    asked = NewAddress("taro.new@example.jp", "お電話で確認")
    act(opened, contacts.ask_address, asked, staff_actor(first), clock.now())
    waiting = find_address_request(opened.ticket_id)
    assert waiting is not None
    act(opened, contacts.approve_address, waiting.id, staff_actor(second), clock.now(), BASE_URL)


def contact_of(opened: Opened) -> str:
    return addressee_of(opened.ticket_id, keys_of(opened.ticket_id)[Purpose.CASE]).contact.email


def test_another_address_needs_a_second_person(opened: Opened) -> None:
    staff, other = add_staff(), add_staff()
    who, asked = staff_actor(staff), NewAddress("taro.new@example.jp", "お電話で確認")
    act(opened, see_to_duties, staff)
    with pytest.raises(SecondPerson):
        act(opened, contacts.change_address, asked, who, clock.now(), BASE_URL)
    act(opened, contacts.ask_address, asked, who, clock.now())
    first = find_address_request(opened.ticket_id)
    assert first is not None
    with pytest.raises(SecondPerson):
        act(opened, contacts.approve_address, first.id, who, clock.now() + timedelta(days=1), BASE_URL)
    better = NewAddress("taro.better@example.jp", "もう一度お電話で確認")
    act(opened, contacts.ask_address, better, who, clock.now())
    with pytest.raises(NotAllowed):
        act(opened, contacts.approve_address, first.id, staff_actor(other), clock.now(), BASE_URL)
    assert contact_of(opened) == "taro@example.jp"
    assert identity.is_confirmed(opened.ticket_id)
    second = find_address_request(opened.ticket_id)
    assert second is not None
    act(opened, contacts.approve_address, second.id, staff_actor(other), clock.now(), BASE_URL)
    assert contact_of(opened) == "taro.better@example.jp"
    with pytest.raises(NotAllowed):
        act(opened, contacts.refuse_address, second.id, staff_actor(other), clock.now())


def test_a_desk_of_one_changes_an_address_after_half_an_hour(opened: Opened) -> None:
    staff = add_staff()
    who = staff_actor(staff)
    act(opened, see_to_duties, staff)
    act(opened, contacts.ask_address, NewAddress("taro.new@example.jp", "お電話で確認"), who, clock.now())
    waiting = find_address_request(opened.ticket_id)
    assert waiting is not None
    with pytest.raises(SecondPerson):
        act(opened, contacts.approve_address, waiting.id, who, clock.now() + timedelta(minutes=29), BASE_URL)
    act(opened, contacts.approve_address, waiting.id, who, clock.now() + timedelta(minutes=30), BASE_URL)
    assert contact_of(opened) == "taro.new@example.jp"


def test_an_address_is_left_as_it_is(opened: Opened) -> None:
    staff = add_staff()
    act(opened, see_to_duties, staff)
    with pytest.raises(NotAllowed):
        act(opened, contacts.ask_address, NewAddress("taro@example.jp", "同じ"), staff_actor(staff), clock.now())
    act(opened, contacts.ask_address, NewAddress("x@example.jp", "お電話で"), staff_actor(staff), clock.now())
    waiting = find_address_request(opened.ticket_id)
    assert waiting is not None
    assert b"x@example" not in waiting.sealed
    act(opened, contacts.refuse_address, waiting.id, staff_actor(staff), clock.now())
    assert find_address_request(opened.ticket_id) is None
    assert contact_of(opened) == "taro@example.jp"
    assert identity.is_confirmed(opened.ticket_id)


def test_another_address_undoes_it_and_what_rests_on_it(opened: Opened) -> None:
    staff = add_staff()
    act(opened, see_to_duties, staff)
    act(
        opened,
        decisions.draft_decision,
        Decided("D-FULL", (Item("全部", Result.GRANTED),)),
        staff_actor(staff),
        clock.now(),
    )
    change_together(opened, staff, add_staff())
    assert not identity.is_confirmed(opened.ticket_id)
    assert "identity" in {duty.code for duty in decisions.open_duties(ticket_of(opened))}
    assert find_standing(opened.ticket_id) is None
    act(opened, identity.confirm_identity, Basis.KNOWN, "折り返しの電話で確かめた", staff_actor(staff), clock.now())
    assert identity.is_confirmed(opened.ticket_id)


def test_file_names_of_documents_are_sealed(opened: Opened) -> None:
    file = file_of(give(opened))
    assert file_info(file, staff_file_key(file)).name == "licence.jpg"
    with pytest.raises(Unreadable):
        file_info(file, b"x" * 32)
    assert BytesIO(file.sealed).read().find(b"licence") == -1
