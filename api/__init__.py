"""The HTTP API as a platform: it carries any resource and knows none.

A resource, such as customers, declares its calls in its own package (`customers/api/`) and is registered in
`proyecta_admin/urls.py`. docs/api-platform.md shows how to add one.

Declaring
    calls         the declaration of a call (key, body, answers, rate bucket); the request that a route gets
    resources     Resource: the routes of one kind of object, with their samples and objects
    schemas       parts of pydantic schemas that every resource uses
    samples       a call written with curl and in Python
    v1            Api: the resources together, with their routes and their OpenAPI document

Serving, in the order of a request
    middleware    request id, errors, headers, access log
    keys          the guard: API key, rate limit, scope
    rate_limit    how many calls a key may make
    parsing       query string, body, conditional headers
    idempotency   the first answer again for a repeated Idempotency-Key (models: its table)
    responses     JSON, compressed where that helps
    refusals      Refused: a request that is not carried out, with its status and code
    errors        every exception as an answer of one shape

Showing
    openapi       the OpenAPI document
    reference     /v1/openapi.json and /v1/docs
    developers    the Developers page of the panel
"""
