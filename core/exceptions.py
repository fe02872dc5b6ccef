"""What services raise. Each error is a sentence for a person, a stable `code`, and the `param` it is about."""


class ServiceError(Exception):
    """Something the caller asked for cannot be done. `str(error)` says why and what to do."""

    code = "error"

    def __init__(self, message, *, param=None):
        super().__init__(message)
        self.message = message
        self.param = param


class ValidationFailed(ServiceError):
    """The input is wrong. `errors` maps each param (such as `address.country`) to its sentence."""

    code = "invalid"

    def __init__(self, errors):
        param, message = next(iter(errors.items()))
        super().__init__(message, param=param)
        self.errors = errors


class BadCursor(ValidationFailed):
    """A cursor that names no row of the list, or two cursors at once."""

    code = "bad_cursor"


class NotFound(ServiceError):
    """There is no such object in this app."""

    code = "not_found"


class Conflict(ServiceError):
    """Another object of the same app, `existing_id`, stands in the way."""

    code = "conflict"

    def __init__(self, message, *, param, existing_id):
        super().__init__(message, param=param)
        self.existing_id = existing_id


class Stale(ServiceError):
    """The object has changed since the version that the change was based on. `current` is how it is now."""

    code = "stale"

    def __init__(self, message, *, current, param="version"):
        super().__init__(message, param=param)
        self.current = current
