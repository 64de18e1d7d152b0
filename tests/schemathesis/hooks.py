"""What schemathesis needs to know of this server: its scalars, and what an error is.

Its own check takes every GraphQL error for a failure. Here an error with a code is an answer: a
generated call for a provider that nobody has connected is refused, as it should be.
"""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# Of requests that are not executed.
REFUSED = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
# Of those that are, and of what is too much.
CODES = {
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "BAD_USER_INPUT",
    "PROVIDER_SESSION_NOT_FOUND",
    "NOT_CONNECTED",
    "QUERY_TOO_COMPLEX",
    "RATE_LIMITED",
}

# Any that a client may send; most of them are nobody's.
schemathesis.graphql.scalar("uuid", st.uuids().map(str).map(nodes.String))


@schemathesis.check
def answered_as_promised(ctx, response, case):
    """JSON by the GraphQL specification, section 7.1; each error with a code, and none of them ours."""
    assert response.status_code == 200, f"status {response.status_code}"
    assert response.headers["content-type"][0].split(";")[0] == "application/json"
    answer = response.json()
    assert isinstance(answer, dict) and set(answer) <= {"data", "errors", "extensions"}, answer
    errors = answer.get("errors", [])
    assert isinstance(errors, list) and (errors or "errors" not in answer), answer
    for error in errors:
        assert isinstance(error.get("message"), str) and error["message"], error
        for location in error.get("locations", []):
            assert location["line"] > 0 and location["column"] > 0, error
    codes = {error.get("extensions", {}).get("code") for error in errors}
    assert codes <= {*CODES, *REFUSED}, codes
    if case.meta.generation.mode.is_negative:
        # What the schema does not allow never runs.
        assert codes and codes <= REFUSED and answer.get("data") is None, answer
    else:
        assert codes <= CODES and (errors or isinstance(answer.get("data"), dict)), answer
