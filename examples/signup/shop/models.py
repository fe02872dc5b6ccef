from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from proyecta.contrib.django.models import ProyectaCustomerMixin


class User(ProyectaCustomerMixin, AbstractUser):
    class Meta(AbstractUser.Meta):
        constraints = [
            # Two users with one email would share one customer, and so one bill.
            models.UniqueConstraint(
                Lower("email"),
                name="shop_user_email_unique",
                condition=~models.Q(email=""),
                violation_error_message="Somebody has signed up with this email already.",
            ),
        ]


class Team(ProyectaCustomerMixin, models.Model):
    """Billed on its own, under an address of its own."""

    name = models.CharField(max_length=100)
    billing_email = models.EmailField(blank=True)

    proyecta_email_field = "billing_email"
    proyecta_name_field = "name"

    def __str__(self):
        return self.name
