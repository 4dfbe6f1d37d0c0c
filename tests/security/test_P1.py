"""P1: whatever is sent to the API, after its own description or against it: no 5xx, problem documents, no echo."""

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.chance import examples
from tests.web.api.calls import GOOD, call

pytestmark = pytest.mark.dateless

EXAMPLES = 60
"""For each operation and mode: seconds, not minutes."""

MARKER = "Zq7CanaryZq7"

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
"""All but the acceptance of every document that fits the description: what looks like an address may be none."""


@pytest.mark.chance
@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_it_stands_fuzzing(app: Flask, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    statuses: set[int] = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=examples(EXAMPLES),
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: schemathesis.Case) -> None:
            answer = case.call_and_validate(checks=CHECKS)
            statuses.add(answer.status_code)

        run()
    if mode is GenerationMode.POSITIVE:
        assert 201 in statuses


def test_it_echoes_nothing(app: Flask) -> None:
    client = app.test_client()
    for name in GOOD:
        for wrong in (MARKER * 2000, {MARKER: MARKER}, [MARKER], f"\u0000{MARKER}", f"{MARKER}\ud800"):
            answer = call(client, GOOD | {name: wrong, MARKER: wrong})
            assert answer.status_code in {201, 413, 422}, answer.text
            assert MARKER not in answer.text
