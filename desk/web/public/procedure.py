"""How requests are made: window, form, proof, fee, answer, refusal and complaints, from the settings that the desk works by."""

from flask import render_template

from desk import clock
from desk.company.procedure import get_procedure
from desk.handling.kinds import offered_kinds
from desk.law.proof import get_proof
from desk.law.regimes import REGIME, Ground, Identity, get_regime
from desk.web.languages import current_language
from desk.web.public.views import blueprint


@blueprint.get("/procedure")
def procedure() -> str:
    """Show how requests are made and answered."""
    kinds = [kind for kind in offered_kinds(REGIME, clock.today()) if kind.statutory]
    grounds: dict[str, Ground] = {}
    for kind in kinds:
        grounds |= {ground.code: ground for ground in get_regime(REGIME).grounds_of(kind.code)}
    return render_template(
        "public/procedure.html",
        kinds=kinds,
        proven=[kind for kind in kinds if kind.needs_identity is not Identity.NONE],
        charged=[kind for kind in kinds if kind.fee_allowed],
        grounds=list(grounds.values()),
        settled=get_procedure(),
        proof=get_proof(),
        lang=current_language(),
    )
