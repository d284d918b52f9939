-- Test runs create databases of their own, for which Django connects to the one named postgres.
ALTER ROLE :"role" CREATEDB;
GRANT CONNECT ON DATABASE postgres TO :"role";
