from django.contrib.admin.apps import AdminConfig


class ProyectaAdminSite(AdminConfig):
    """Django's admin under our own site, whose sign-in is the product's (one form, one lock-out)."""

    default_site = "proyecta_admin.site.AdminSite"
