"""The staff door: which address leads to which act."""

from flask import Blueprint, abort, request

from desk.web.staff import (
    acts,
    arrivals,
    calculator,
    consents,
    deciding,
    fees,
    identity,
    mail,
    outward,
    own_data,
    paper,
    queue,
    reading,
    register,
    services,
    sources,
    uses,
)

blueprint = Blueprint("staff", __name__)

blueprint.get("/")(queue.queue)
blueprint.route("/search", methods=["GET", "POST"])(queue.search)
blueprint.get("/tickets/new")(arrivals.new_ticket)
blueprint.post("/tickets/new")(arrivals.record_ticket)
blueprint.get("/tickets/<ref>")(reading.ticket)
blueprint.get("/tickets/<ref>/decision")(deciding.decision)
blueprint.get("/tickets/<ref>/identity")(identity.identity)
blueprint.post("/tickets/<ref>/identity")(identity.mark_document)
blueprint.get("/tickets/<ref>/identity/<int:document_id>")(identity.document)
blueprint.get("/tickets/<ref>/identity/<int:document_id>/<int:number>.jpg")(identity.picture)
blueprint.post("/tickets/<ref>/identity/<int:document_id>/judge")(identity.judge_document)
blueprint.post("/tickets/<ref>/identity/<int:document_id>/cover")(identity.cover_document)
blueprint.post("/tickets/<ref>/identity/<int:document_id>/destroy")(identity.destroy_document)
blueprint.get("/tickets/<ref>/own-data")(own_data.own_data)
blueprint.get("/tickets/<ref>/files/<int:file_id>")(reading.file)
blueprint.get("/mail/")(mail.mails)
blueprint.get("/mail/<int:mail_id>")(mail.mail)
blueprint.get("/mail/<int:mail_id>/html")(mail.mail_html)
blueprint.get("/mail/<int:mail_id>/original")(mail.original)
blueprint.post("/mail/<int:mail_id>/judge")(mail.judge)
blueprint.post("/tickets/<ref>/messages/<int:message_id>/reveal")(reading.reveal)
blueprint.post("/tickets/<ref>/messages/<int:message_id>/hand_over")(reading.hand_over)
blueprint.get("/calculator")(calculator.calculator)
blueprint.get("/register")(register.register)
blueprint.post("/register/<code>")(register.care)
blueprint.get("/register/consents")(consents.consents)
blueprint.post("/register/consents")(consents.add_consent)
blueprint.post("/register/consents/search")(consents.search_consents)
blueprint.get("/register/uses")(uses.uses)
blueprint.post("/register/uses")(uses.ask_use)
blueprint.post("/register/uses/<int:use_id>")(uses.decide_use)
blueprint.get("/register/services/new")(services.new_service)
blueprint.post("/register/services/new")(services.add_service)
blueprint.get("/register/services/<int:service_id>")(services.service)
blueprint.post("/register/services/<int:service_id>")(services.change_service)
blueprint.post("/register/services/<int:service_id>/checks")(services.add_check)
for act in (
    acts.take,
    acts.assign,
    acts.escalate,
    acts.recast,
    acts.choose_law,
    deciding.check_duties,
    deciding.decide,
    deciding.approve,
    deciding.send_back,
    acts.move,
    acts.resume,
    acts.note,
    acts.reopen,
    arrivals.record_contact,
    outward.answer,
    outward.wait,
    outward.tell_delay,
    outward.close,
    outward.change_address,
    acts.involve,
    fees.receive_fee,
    sources.ask_source,
    sources.answer_source,
    acts.withdraw_consent,
    paper.letter,
    identity.confirm_identity,
    outward.approve_address,
    outward.refuse_address,
):
    blueprint.post(f"/tickets/<ref>/{act.__name__}")(act)


@blueprint.before_request
def refuse_unreadable() -> None:
    """Answer 400 to text with a NUL or half a character: nobody typed that."""
    for values in request.form.listvalues():
        if any("\0" in value or any(0xD800 <= ord(char) < 0xE000 for char in value) for value in values):
            abort(400)
