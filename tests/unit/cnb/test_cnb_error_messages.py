from __future__ import annotations

import pytest

import python_buildpack.messages.cnb
from python_buildpack.cnb.errors import CnbError, InvalidDocumentError, MissingVariableError
from python_buildpack.messages.wording import message_for, text_for

MODULE = python_buildpack.messages.cnb.__name__


@pytest.mark.parametrize("error", CnbError.__subclasses__())
def test_message_for_every_cnb_error_has_wording(error: type[CnbError]) -> None:
    assert text_for.dispatch(error).__module__ == MODULE


def test_message_for_missing_variable_names_it_and_whose_fault_it_is() -> None:
    message = message_for(MissingVariableError("CNB_LAYERS_DIR"))
    assert message.heading == "The platform didn't set CNB_LAYERS_DIR"
    assert "Nothing is wrong with your app" in message.body
    assert "https://buildpacks.io/" in message.body


def test_message_for_invalid_document_names_file_and_problem() -> None:
    error = InvalidDocumentError("/layers/plan.toml", "entries[0].name is not a string")
    message = message_for(error)
    assert message.body.startswith(
        "File: /layers/plan.toml\nProblem: entries[0].name is not a string\n"
    )
    assert "Nothing is wrong with your app" in message.body
