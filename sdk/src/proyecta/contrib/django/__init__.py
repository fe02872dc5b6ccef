"""The Django integration: put "proyecta.contrib.django" into INSTALLED_APPS and `ProyectaCustomerMixin` on your models.

The mixin is imported from proyecta.contrib.django.models.
"""
