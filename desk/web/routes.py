"""Every door with its prefix, and every route with the permission it asks for. What is not here is closed."""

from importlib import import_module

from flask_openapi3.openapi import OpenAPI

from desk.accounts.permissions import Permission

PREFIXES: dict[str, str] = {
    "ops": "",
    "public": "",
    "auth": "",
    "staff": "/staff",
    "manager": "/manager",
    "admin": "/admin",
    "api": "/api",
}
"""Doors and where they stand; `ops` (health) is always open, the others by `DESK_DOORS`."""

FURTHER = {
    "public": (
        "desk.web.public.status",
        "desk.web.public.identity",
        "desk.web.public.policy",
        "desk.web.public.procedure",
        "desk.web.public.paper_form",
        "desk.web.public.cookies",
    ),
    "manager": ("desk.web.manager.inspection",),
}
"""Modules that add their routes to a door's blueprint."""

PERMISSIONS: dict[str, Permission] = {
    # health and figures for machines; their details only for loopback or a bearer token
    "ops.healthz": Permission.ANYONE,
    "ops.readyz": Permission.ANYONE,
    "ops.metrics": Permission.ANYONE,
    # public door, in Japanese and under /en in English
    "public.landing": Permission.ANYONE,
    "public.new_request": Permission.ANYONE,
    "public.send_request": Permission.ANYONE,
    "public.receipt": Permission.ANYONE,
    "public.policy": Permission.ANYONE,
    "public.procedure": Permission.ANYONE,
    "public.paper_form": Permission.ANYONE,
    "public.cookies": Permission.ANYONE,
    "public.policy_version": Permission.ANYONE,
    # status page: who may see what depends on the link's cookie and the code, which the views ask for
    "public.open_link": Permission.ANYONE,
    "public.enter": Permission.ANYONE,
    "public.status": Permission.ANYONE,
    "public.add_message": Permission.ANYONE,
    "public.identity": Permission.ANYONE,
    "public.send_identity": Permission.ANYONE,
    "public.ask_code": Permission.ANYONE,
    "public.give_code": Permission.ANYONE,
    "public.check_code": Permission.ANYONE,
    "public.get_file": Permission.ANYONE,
    "public.ask_withdraw": Permission.ANYONE,
    "public.withdraw": Permission.ANYONE,
    "public.leave": Permission.ANYONE,
    "public.lost_link": Permission.ANYONE,
    "public.ask_link": Permission.ANYONE,
    # public intake by API
    "intake.create_request": Permission.ANYONE,
    "intake.describe": Permission.ANYONE,
    # signing in
    "auth.sign_in": Permission.ANYONE,
    "auth.invitation": Permission.ANYONE,
    "auth.reset": Permission.ANYONE,
    "auth.new_password": Permission.ANYONE,
    "auth.sign_in_done": Permission.SIGNED_IN,
    # the administrator's door: runs the desk, sees no case
    "admin.home": Permission.MANAGE_DESK,
    "admin.company": Permission.MANAGE_DESK,
    "admin.save_company": Permission.MANAGE_DESK,
    "admin.closures": Permission.MANAGE_DESK,
    "admin.save_closures": Permission.MANAGE_DESK,
    "admin.settings": Permission.MANAGE_DESK,
    "admin.save_settings": Permission.MANAGE_DESK,
    "admin.kinds": Permission.MANAGE_DESK,
    "admin.save_kind": Permission.MANAGE_DESK,
    "admin.letters": Permission.MANAGE_DESK,
    "admin.wording": Permission.MANAGE_DESK,
    "admin.save_wording": Permission.MANAGE_DESK,
    "admin.procedure": Permission.MANAGE_DESK,
    "admin.save_procedure": Permission.MANAGE_DESK,
    "admin.policies": Permission.MANAGE_DESK,
    "admin.hand_in_policy": Permission.MANAGE_DESK,
    "admin.policy": Permission.MANAGE_DESK,
    "admin.policy_original": Permission.MANAGE_DESK,
    "admin.place_policy": Permission.MANAGE_DESK,
    "admin.adopt_policy": Permission.MANAGE_DESK,
    "admin.discard_policy": Permission.MANAGE_DESK,
    "admin.mail_policy": Permission.MANAGE_DESK,
    "admin.note_notice": Permission.MANAGE_DESK,
    "admin.staff": Permission.MANAGE_STAFF,
    "admin.invite": Permission.MANAGE_STAFF,
    "admin.member": Permission.MANAGE_STAFF,
    "admin.change_role": Permission.MANAGE_STAFF,
    "admin.deactivate": Permission.MANAGE_STAFF,
    "admin.reactivate": Permission.MANAGE_STAFF,
    "admin.send_link": Permission.MANAGE_STAFF,
    "admin.mail": Permission.HANDLE_ALERTS,
    "admin.send_test": Permission.HANDLE_ALERTS,
    "admin.read_mailbox": Permission.HANDLE_ALERTS,
    "admin.retry_mail": Permission.HANDLE_ALERTS,
    "admin.give_up_mail": Permission.HANDLE_ALERTS,
    "admin.release_mail": Permission.HANDLE_ALERTS,
    "admin.release_all": Permission.HANDLE_ALERTS,
    "admin.alerts": Permission.HANDLE_ALERTS,
    "admin.close_alert": Permission.HANDLE_ALERTS,
    "auth.sign_out": Permission.SIGNED_IN,
    "auth.sign_out_everywhere": Permission.SIGNED_IN,
    "auth.account": Permission.SIGNED_IN,
    "auth.change_profile": Permission.SIGNED_IN,
    "auth.password": Permission.SIGNED_IN,
    "auth.end_session": Permission.SIGNED_IN,
    # the queue and its tickets; reading is for auditors too, acting is not
    "staff.queue": Permission.READ_TICKETS,
    "staff.search": Permission.READ_TICKETS,
    "staff.ticket": Permission.READ_TICKETS,
    "staff.own_data": Permission.READ_TICKETS,
    "staff.file": Permission.READ_TICKETS,
    "staff.reveal": Permission.READ_TICKETS,
    "staff.hand_over": Permission.WORK_TICKETS,
    # mail as it came, and what becomes of a doubtful one
    "staff.mails": Permission.READ_TICKETS,
    "staff.mail": Permission.READ_TICKETS,
    "staff.mail_html": Permission.READ_TICKETS,
    "staff.original": Permission.READ_TICKETS,
    "staff.judge": Permission.WORK_TICKETS,
    "staff.new_ticket": Permission.WORK_TICKETS,
    "staff.record_ticket": Permission.WORK_TICKETS,
    "staff.record_contact": Permission.WORK_TICKETS,
    "staff.take": Permission.WORK_TICKETS,
    "staff.assign": Permission.WORK_TICKETS,
    "staff.escalate": Permission.WORK_TICKETS,
    "staff.recast": Permission.WORK_TICKETS,
    "staff.move": Permission.WORK_TICKETS,
    "staff.resume": Permission.WORK_TICKETS,
    "staff.choose_law": Permission.WORK_TICKETS,
    "staff.decision": Permission.READ_TICKETS,
    "staff.check_duties": Permission.WORK_TICKETS,
    "staff.decide": Permission.WORK_TICKETS,
    "staff.approve": Permission.WORK_TICKETS,
    "staff.send_back": Permission.WORK_TICKETS,
    "staff.tell_delay": Permission.WORK_TICKETS,
    "staff.calculator": Permission.READ_TICKETS,
    "staff.note": Permission.WORK_TICKETS,
    "staff.reopen": Permission.WORK_TICKETS,
    "staff.answer": Permission.WORK_TICKETS,
    "staff.wait": Permission.WORK_TICKETS,
    "staff.close": Permission.WORK_TICKETS,
    "staff.letter": Permission.WORK_TICKETS,
    "staff.change_address": Permission.WORK_TICKETS,
    "staff.involve": Permission.WORK_TICKETS,
    "staff.receive_fee": Permission.WORK_TICKETS,
    "staff.ask_source": Permission.WORK_TICKETS,
    "staff.answer_source": Permission.WORK_TICKETS,
    "staff.withdraw_consent": Permission.WORK_TICKETS,
    # identity documents: the pictures are for those who judge them
    "staff.identity": Permission.READ_TICKETS,
    "staff.document": Permission.WORK_TICKETS,
    "staff.picture": Permission.WORK_TICKETS,
    "staff.mark_document": Permission.WORK_TICKETS,
    "staff.judge_document": Permission.WORK_TICKETS,
    "staff.cover_document": Permission.WORK_TICKETS,
    "staff.destroy_document": Permission.WORK_TICKETS,
    "staff.confirm_identity": Permission.WORK_TICKETS,
    "staff.approve_address": Permission.WORK_TICKETS,
    "staff.refuse_address": Permission.WORK_TICKETS,
    # the consents: whose they are is for those who read cases
    "staff.consents": Permission.READ_TICKETS,
    "staff.search_consents": Permission.READ_TICKETS,
    "staff.add_consent": Permission.WORK_TICKETS,
    # uses beyond the purposes
    "staff.uses": Permission.READ_TICKETS,
    "staff.ask_use": Permission.WORK_TICKETS,
    "staff.decide_use": Permission.DECIDE_USES,
    # the policy's register
    "staff.register": Permission.READ_REGISTER,
    "staff.care": Permission.KEEP_REGISTER,
    "staff.service": Permission.READ_REGISTER,
    "staff.new_service": Permission.KEEP_REGISTER,
    "staff.add_service": Permission.KEEP_REGISTER,
    "staff.change_service": Permission.KEEP_REGISTER,
    "staff.add_check": Permission.KEEP_REGISTER,
    # figures; the tickets behind them are read as in the queue
    "manager.dashboard": Permission.READ_FIGURES,
    "manager.sheet": Permission.READ_FIGURES,
    "manager.tickets": Permission.READ_FIGURES,
    # the yearly inspection
    "manager.inspections_list": Permission.READ_FIGURES,
    "manager.inspection": Permission.READ_FIGURES,
    "manager.inspection_pdf": Permission.READ_FIGURES,
    "manager.inspection_json": Permission.READ_FIGURES,
    "manager.open_inspection": Permission.KEEP_INSPECTION,
    "manager.save_inspection": Permission.KEEP_INSPECTION,
    "manager.sign_inspection": Permission.KEEP_INSPECTION,
    "manager.receive_inspection": Permission.KEEP_INSPECTION,
    "manager.add_action": Permission.KEEP_INSPECTION,
    "manager.change_action": Permission.KEEP_INSPECTION,
}


def permission_of(endpoint: str) -> Permission | None:
    """Return what a route asks for, or None when nobody wrote it down (and so it is closed)."""
    door, _, name = endpoint.partition(".")
    return PERMISSIONS.get(f"public.{name}" if door == "public_en" else endpoint)


def mount(app: OpenAPI, doors: frozenset[str]) -> None:
    """Mount the chosen doors; the public one twice, once for each language."""
    for door, prefix in PREFIXES.items():
        if door != "ops" and door not in doors:
            continue
        for module in FURTHER.get(door, ()):
            import_module(module)
        blueprint = import_module(f"desk.web.{door}.views").blueprint
        app.register_blueprint(blueprint, url_prefix=prefix or None)
        if door == "public":
            app.register_blueprint(blueprint, url_prefix="/en", name="public_en")
            app.register_api(import_module("desk.web.api.intake").blueprint, url_prefix=PREFIXES["api"])
