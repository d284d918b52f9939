-- The databases that initdb makes are nobody's: the roles have no business there.
REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC;
