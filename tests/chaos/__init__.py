"""A desk at work while everything under it is killed, cut and filled up; and an auditor of what is left."""
