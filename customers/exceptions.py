"""What the services raise. Each error is a sentence for a person, a stable `code`, and the `param` it is about."""


class CustomerError(Exception):
    """Something the caller asked for cannot be done. `str(error)` says why and what to do."""

    code = "error"

    def __init__(self, message, *, param=None):
        super().__init__(message)
        self.message = message
        self.param = param


class ValidationFailed(CustomerError):
    """The input is wrong. `errors` maps each param (such as `address.country`) to its sentence."""

    code = "invalid"

    def __init__(self, errors):
        param, message = next(iter(errors.items()))
        super().__init__(message, param=param)
        self.errors = errors


class BadCursor(ValidationFailed):
    """A cursor that names no customer of this app, or two cursors at once."""

    code = "bad_cursor"


class CustomerNotFound(CustomerError):
    """This app has no customer with that id."""

    code = "not_found"

    def __init__(self):
        super().__init__("There is no such customer in this app.", param="id")


class EmailTaken(CustomerError):
    """Another customer of the same app, `existing_id`, has this email."""

    code = "email_taken"

    def __init__(self, existing_id):
        super().__init__("Another customer of this app already has this email.", param="email")
        self.existing_id = existing_id


class CustomerIdTaken(CustomerError):
    """The id asked for belongs to another customer of the same app."""

    code = "id_taken"

    def __init__(self, existing_id):
        super().__init__("This app already uses this id for another customer.", param="id")
        self.existing_id = existing_id


class StaleEdit(CustomerError):
    """The customer has changed since the version that the edit was based on. `current` is how it is now."""

    code = "stale"

    def __init__(self, current):
        super().__init__("This customer has been changed since. Look at both versions and choose.", param="version")
        self.current = current
