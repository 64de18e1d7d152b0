"""What schemathesis needs to know of this server: its scalars, and what an error is.

Its own check takes every GraphQL error for a failure. Here an error with a code is an answer: a
generated call for a provider that nobody has connected is refused, as it should be.
"""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# Any that a client may send; most of them are nobody's.
schemathesis.graphql.scalar("uuid", st.uuids().map(str).map(nodes.String))


@schemathesis.check
def answered_as_promised(ctx, response, case):
    """JSON by the GraphQL specification, section 7.1; each error with a code, and none of them ours."""
    assert response.status_code == 200, f"status {response.status_code}"
    assert response.headers["content-type"][0].split(";")[0] == "application/json"
    answer = response.json()
    assert isinstance(answer, dict) and set(answer) <= {"data", "errors", "extensions"}, answer
    errors = answer.get("errors")
    if errors is None:
        assert isinstance(answer.get("data"), dict), answer
        return
    assert isinstance(errors, list) and errors, answer
    for error in errors:
        assert isinstance(error.get("message"), str) and error["message"], error
        code = error.get("extensions", {}).get("code")
        assert isinstance(code, str), error
        # Whatever is generated from the schema is valid, and fits into one request.
        assert code not in {"INTERNAL", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"}, error
        for location in error.get("locations", []):
            assert location["line"] > 0 and location["column"] > 0, error
