"""What the services of customers raise beside the errors of core.exceptions."""

from core.exceptions import Conflict, NotFound, Stale


class CustomerNotFound(NotFound):
    """This app has no customer with that id."""

    def __init__(self):
        super().__init__("There is no such customer in this app.", param="id")


class EmailTaken(Conflict):
    """Another customer of the same app, `existing_id`, has this email."""

    code = "email_taken"
    existing_id_field = "existing_customer_id"

    def __init__(self, existing_id):
        super().__init__("Another customer of this app already has this email.", param="email", existing_id=existing_id)


class CustomerIdTaken(Conflict):
    """The id asked for belongs to another customer of the same app, `existing_id`."""

    code = "id_taken"
    existing_id_field = "existing_customer_id"

    def __init__(self, existing_id):
        super().__init__("This app already uses this id for another customer.", param="id", existing_id=existing_id)


class StaleEdit(Stale):
    """The customer has changed since the version that the edit was based on. `current` is how it is now."""

    def __init__(self, current):
        super().__init__("This customer has been changed since. Look at both versions and choose.", current=current)
