from django.contrib.admin.apps import AdminConfig


class ProyectaAdminSite(AdminConfig):
    """Django's admin with AdminSite as its site, so that there is one sign-in form with one lock-out."""

    default_site = "proyecta_admin.site.AdminSite"
