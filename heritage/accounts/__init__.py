"""People, their roles and how they sign in; who may do what is said in `policy`."""
