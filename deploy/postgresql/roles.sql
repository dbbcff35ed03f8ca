-- The database and its two roles. Once, as PostgreSQL's administrator, with two passwords of yours:
--   sudo -u postgres psql --set=owner_password=… --set=web_password=… --file=roles.sql
--
-- consultations_owner owns the tables: it migrates and restores, and nothing else logs in with it.
-- consultations_web reads and writes rows. It cannot switch off the triggers that keep places and history, nor empty
-- or change a table: a hole in the site is no hole in those.
\set ON_ERROR_STOP on
CREATE ROLE consultations_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE consultations_web LOGIN PASSWORD :'web_password';

CREATE DATABASE consultations OWNER consultations_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE consultations FROM PUBLIC;
GRANT CONNECT ON DATABASE consultations TO consultations_web;

-- For every table there will ever be, after an update and after a restore too.
\connect consultations
ALTER DEFAULT PRIVILEGES FOR ROLE consultations_owner
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO consultations_web;
ALTER DEFAULT PRIVILEGES FOR ROLE consultations_owner
    GRANT USAGE, SELECT ON SEQUENCES TO consultations_web;
