"""An app with a foreign key to a customer, as later packages have it. It has migrations alone, so no model stays."""
