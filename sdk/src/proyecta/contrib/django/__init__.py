"""The Django integration: a Proyecta customer for every record of a model.

Add "proyecta.contrib.django" to INSTALLED_APPS, and `proyecta.contrib.django.models.ProyectaCustomerMixin` to models.
"""
