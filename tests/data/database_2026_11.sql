-- A database of November 2026, when the migrations were accounts 0003, api 0001, customers 0010 and replicas 0001, with
-- rows in every table. Made by the code of then: two apps with customers of many scripts through the services, 40 made-up
-- ones by `generate_customers`, people, roles and keys, two API calls with an Idempotency-Key, sign-ins (also wrong
-- ones), a group and an app added in the Django admin. The tables of axes that the product leaves empty, sessions' keys
-- and ends, and keys' secrets were set by hand. The sessions and secrets are of these settings:
--
--   SECRET_KEY=the-secret-key-of-the-old-database-in-tests-0123456789abcdef
--   API_KEY_SECRET=the-api-key-secret-of-the-old-database-in-tests-0123456789
--
-- Everybody's password is "correct horse battery". Then: pg_dump --no-owner --no-privileges --no-comments, without its
-- \restrict. Never to be changed: a newer database to migrate from is another file.
--
-- PostgreSQL database dump
--


-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: proyecta_buckets(bigint, timestamp with time zone, text, text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_buckets(app_id bigint, created timestamp with time zone, email_key text, name_key text, email_domain text) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE COST 100000 PARALLEL SAFE
    AS $$
DECLARE
    app bigint := app_id << 28;
    day bigint := (created AT TIME ZONE 'UTC')::date - date '0001-01-01';
    email bigint := coalesce(('x' || rpad(encode(substr(convert_to(left(email_key, 2), 'UTF8'), 1, 2), 'hex'), 4, '0'))::bit(16)::bigint, 65535);
    name bigint := coalesce(('x' || rpad(encode(substr(convert_to(left(name_key, 2), 'UTF8'), 1, 2), 'hex'), 4, '0'))::bit(16)::bigint, 65535);
BEGIN
    RETURN ARRAY[
        app | 0 | (day / 1), app | 16777216 | (day / 8), app | 33554432 | (day / 64), app | 50331648 | (day / 512),
        app | 67108864 | (email / 1), app | 83886080 | (email / 64),
        app | 134217728 | (name / 1), app | 150994944 | (name / 64),
        app | 201326592 | ('x' || rpad(encode(substr(sha256(convert_to(coalesce(email_domain, ''), 'UTF8')), 1, 3), 'hex'), 6, '0'))::bit(24)::bigint
    ];
END
$$;


--
-- Name: proyecta_count(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_count() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    SELECT app_id, proyecta_count_start(created), sign * count(*) FROM touched GROUP BY GROUPING SETS ((1, 2), (1));
    IF random() < 0.005 THEN
        PERFORM proyecta_fold_counts(app_id) FROM (SELECT DISTINCT app_id FROM touched) apps;
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: proyecta_count_emptied(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_count_emptied() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM customers_customercount;
    RETURN NULL;
END
$$;


--
-- Name: proyecta_count_moved(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_count_moved() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO customers_customercount (app_id, start, number)
    VALUES (old.app_id, proyecta_count_start(old.created), -1), (new.app_id, proyecta_count_start(new.created), 1),
        (old.app_id, NULL, -1), (new.app_id, NULL, 1);
    RETURN NULL;
END
$$;


--
-- Name: proyecta_count_start(timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_count_start(created timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN created < now() - interval '40 days' THEN date_trunc('day', created, 'UTC')
    ELSE date_bin('15 minutes', created, timestamptz 'epoch') END
$$;


--
-- Name: proyecta_email_domain(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_email_domain(email text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN split_part(CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END, '@', -1);
END
$$;


--
-- Name: proyecta_email_key(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_email_key(email text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE translate(normalize(lower(normalize(email, NFC) COLLATE pg_c_utf8), NFC), 'ς', 'σ') END;
END
$$;


--
-- Name: proyecta_fold_counts(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_fold_counts(app bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH crowded AS (
        SELECT coalesce(proyecta_count_start(start), 'infinity') AS folded FROM customers_customercount
        WHERE app_id = app GROUP BY 1 HAVING count(*) > 1 OR sum(number) = 0
    ), chosen AS MATERIALIZED (
        SELECT id FROM customers_customercount
        WHERE app_id = app AND coalesce(proyecta_count_start(start), 'infinity') IN (SELECT folded FROM crowded)
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM customers_customercount c USING chosen WHERE c.id = chosen.id RETURNING c.start, c.number
    )
    INSERT INTO customers_customercount (app_id, start, number)
    SELECT app, proyecta_count_start(start), sum(number) FROM gone GROUP BY 2 HAVING sum(number) <> 0;
EXCEPTION WHEN serialization_failure THEN
    NULL;
END
$$;


--
-- Name: proyecta_is_country(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_is_country(code text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN code = ANY ('{AD,AE,AF,AG,AI,AL,AM,AO,AQ,AR,AS,AT,AU,AW,AX,AZ,BA,BB,BD,BE,BF,BG,BH,BI,BJ,BL,BM,BN,BO,BQ,BR,BS,BT,BV,BW,BY,BZ,CA,CC,CD,CF,CG,CH,CI,CK,CL,CM,CN,CO,CR,CU,CV,CW,CX,CY,CZ,DE,DJ,DK,DM,DO,DZ,EC,EE,EG,EH,ER,ES,ET,FI,FJ,FK,FM,FO,FR,GA,GB,GD,GE,GF,GG,GH,GI,GL,GM,GN,GP,GQ,GR,GS,GT,GU,GW,GY,HK,HM,HN,HR,HT,HU,ID,IE,IL,IM,IN,IO,IQ,IR,IS,IT,JE,JM,JO,JP,KE,KG,KH,KI,KM,KN,KP,KR,KW,KY,KZ,LA,LB,LC,LI,LK,LR,LS,LT,LU,LV,LY,MA,MC,MD,ME,MF,MG,MH,MK,ML,MM,MN,MO,MP,MQ,MR,MS,MT,MU,MV,MW,MX,MY,MZ,NA,NC,NE,NF,NG,NI,NL,NO,NP,NR,NU,NZ,OM,PA,PE,PF,PG,PH,PK,PL,PM,PN,PR,PS,PT,PW,PY,QA,RE,RO,RS,RU,RW,SA,SB,SC,SD,SE,SG,SH,SI,SJ,SK,SL,SM,SN,SO,SR,SS,ST,SV,SX,SY,SZ,TC,TD,TF,TG,TH,TJ,TK,TL,TM,TN,TO,TR,TT,TV,TW,TZ,UA,UG,UM,US,UY,UZ,VA,VC,VE,VG,VI,VN,VU,WF,WS,YE,YT,ZA,ZM,ZW}');
END
$$;


--
-- Name: proyecta_name_key(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_name_key(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN nullif(left(CASE WHEN octet_length(name) = char_length(name) THEN lower(name COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END, 200), '');
END
$$;


--
-- Name: proyecta_search_text(text, text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_search_text(email text, name text, phone text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN replace(replace(replace(replace(replace(coalesce(CASE WHEN octet_length(email) = char_length(email) THEN lower(email COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(email, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END, '') || ' ' || CASE WHEN octet_length(name) = char_length(name) THEN lower(name COLLATE pg_c_utf8)
    ELSE replace(replace(replace(replace(translate(lower(normalize(regexp_replace(normalize(name, NFKD), '[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]', '', 'g'), NFKC) COLLATE pg_c_utf8), 'øđðłıħς', 'oddlihσ'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
    END || ' ' || phone, '@', 'đ'), '.', 'ø'), '_', 'ł'), '+', 'ħ'), '-', 'ß');
END
$$;


--
-- Name: proyecta_unusual(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.proyecta_unusual(value text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT COST 100000 PARALLEL SAFE
    AS $$
DECLARE
    near text := regexp_replace(
        '  ' || value || '  ', '([a-z0-9 đøłħß]{2})[a-z0-9 đøłħß]*([a-z0-9 đøłħß]{2})', '\1 \2', 'g'
    );
    grams text[] := string_to_array(translate(near, 'abcdefghijklmnopqrstuvwxyz0123456789 đøłħß', ''), NULL);
    word text;
BEGIN
    FOREACH word IN ARRAY string_to_array(near, ' ') LOOP
        FOR place IN 1 .. char_length(word) - 1 LOOP
            grams := array_append(grams, substr(word, place, 2));
        END LOOP;
    END LOOP;
    RETURN grams;
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: accounts_apikey; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_apikey (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    scope character varying(5) NOT NULL,
    prefix character varying(16) NOT NULL,
    mac character varying(64) NOT NULL,
    created timestamp with time zone NOT NULL,
    last_used timestamp with time zone,
    revoked timestamp with time zone,
    created_by_id bigint,
    app_id bigint NOT NULL,
    replica character varying(20) NOT NULL,
    replica_from timestamp with time zone,
    CONSTRAINT accounts_apikey_scope_known CHECK (((scope)::text = ANY ((ARRAY['read'::character varying, 'write'::character varying])::text[])))
);


--
-- Name: accounts_apikey_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_apikey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_apikey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_app; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_app (
    id bigint NOT NULL,
    slug character varying(50) NOT NULL,
    name character varying(100) NOT NULL,
    created timestamp with time zone NOT NULL,
    CONSTRAINT accounts_app_slug_form CHECK (((slug)::text ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);


--
-- Name: accounts_app_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_app ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_app_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_membership; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_membership (
    id bigint NOT NULL,
    role character varying(10) NOT NULL,
    app_id bigint NOT NULL,
    user_id bigint NOT NULL,
    CONSTRAINT accounts_membership_role_known CHECK (((role)::text = ANY ((ARRAY['viewer'::character varying, 'editor'::character varying, 'admin'::character varying])::text[])))
);


--
-- Name: accounts_membership_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    time_zone character varying(64) NOT NULL,
    language character varying(8) NOT NULL,
    replica character varying(20) NOT NULL,
    replica_from timestamp with time zone
);


--
-- Name: accounts_user_groups; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_id integer NOT NULL
);


--
-- Name: accounts_user_groups_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_user_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_user_user_permissions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    permission_id integer NOT NULL
);


--
-- Name: accounts_user_user_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: api_idempotencyrecord; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_idempotencyrecord (
    id bigint NOT NULL,
    key character varying(255) NOT NULL COLLATE pg_catalog."C",
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    created timestamp with time zone NOT NULL,
    app_id bigint NOT NULL,
    CONSTRAINT api_idempotencyrecord_status_check CHECK ((status >= 0))
);


--
-- Name: api_idempotencyrecord_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.api_idempotencyrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_idempotencyrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);


--
-- Name: auth_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_group_permissions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_permission; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: axes_accessattempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.axes_accessattempt (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    get_data text NOT NULL,
    post_data text NOT NULL,
    failures_since_start integer NOT NULL,
    CONSTRAINT axes_accessattempt_failures_since_start_check CHECK ((failures_since_start >= 0))
);


--
-- Name: axes_accessattempt_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.axes_accessattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: axes_accessattemptexpiration; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.axes_accessattemptexpiration (
    access_attempt_id integer NOT NULL,
    expires_at timestamp with time zone NOT NULL
);


--
-- Name: axes_accessfailurelog; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.axes_accessfailurelog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    locked_out boolean NOT NULL
);


--
-- Name: axes_accessfailurelog_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.axes_accessfailurelog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessfailurelog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: axes_accesslog; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.axes_accesslog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    logout_time timestamp with time zone,
    session_hash character varying(64) NOT NULL
);


--
-- Name: axes_accesslog_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.axes_accesslog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accesslog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: customers_customer; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customers_customer (
    key bigint NOT NULL,
    public_id character varying(64) NOT NULL COLLATE pg_catalog."C",
    email character varying(320),
    name character varying(200) NOT NULL,
    phone character varying(16) NOT NULL,
    address_line1 character varying(200) NOT NULL,
    address_line2 character varying(200) NOT NULL,
    address_city character varying(200) NOT NULL,
    address_state character varying(200) NOT NULL,
    address_postal_code character varying(200) NOT NULL,
    address_country character varying(2) NOT NULL,
    created timestamp with time zone NOT NULL,
    updated timestamp with time zone NOT NULL,
    version integer NOT NULL,
    email_key text GENERATED ALWAYS AS (public.proyecta_email_key((email)::text)) STORED COLLATE pg_catalog."C",
    email_domain text GENERATED ALWAYS AS (public.proyecta_email_domain((email)::text)) STORED COLLATE pg_catalog."C",
    name_key text GENERATED ALWAYS AS (public.proyecta_name_key((name)::text)) STORED COLLATE pg_catalog."C",
    search_text text GENERATED ALWAYS AS (public.proyecta_search_text((email)::text, (name)::text, (phone)::text)) STORED,
    app_id bigint NOT NULL,
    CONSTRAINT customers_country_of_iso CHECK ((((address_country)::text = ''::text) OR public.proyecta_is_country((address_country)::text))),
    CONSTRAINT customers_customer_version_check CHECK ((version >= 0)),
    CONSTRAINT customers_email_form CHECK (((email IS NULL) OR ((email)::text ~ '^[^\s@]([^\s]*[^\s@])?@[^\s@]+$'::text))),
    CONSTRAINT customers_id_form CHECK (((public_id)::text ~ '^cus_[A-Za-z0-9_]+$'::text)),
    CONSTRAINT customers_phone_form CHECK ((((phone)::text = ''::text) OR ((phone)::text ~ '^\+[1-9][0-9]+$'::text)))
);


--
-- Name: customers_customer_key_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.customers_customer ALTER COLUMN key ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.customers_customer_key_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: customers_customercount; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customers_customercount (
    id bigint NOT NULL,
    start timestamp with time zone,
    number bigint NOT NULL,
    app_id bigint NOT NULL
);


--
-- Name: customers_customercount_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.customers_customercount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.customers_customercount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_admin_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id bigint NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);


--
-- Name: django_admin_log_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_content_type; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL,
    user_id bigint
);


--
-- Name: replicas_beat; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.replicas_beat (
    id bigint NOT NULL,
    moment timestamp with time zone NOT NULL,
    timeline character varying(8) NOT NULL
);


--
-- Name: replicas_beat_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.replicas_beat ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.replicas_beat_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Data for Name: accounts_apikey; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts_apikey (id, name, scope, prefix, mac, created, last_used, revoked, created_by_id, app_id, replica, replica_from) FROM stdin;
2	Old server	read	sk_DeadKey00000	73558117c8831de010e24d07354ef718b3f7892a740008a1fbcda4ea61eea419	2026-11-30 21:03:56.747271+00	\N	2026-11-30 21:03:56.748782+00	2	1		\N
3	서버	read	sk_V6xD2sfmtngm	47f331d481cd027492a0b329083a875bb7d0760400ff034986271d03ec671c23	2026-11-30 21:03:56.751158+00	\N	\N	\N	2		\N
1	Server	write	sk_LiveKey00000	31da0cf8e9b950a7504da0916805ebfbf664f87ced11a290a442bc658be277be	2026-11-30 21:03:56.743156+00	2026-11-30 21:03:57.440533+00	\N	1	1		\N
\.


--
-- Data for Name: accounts_app; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts_app (id, slug, name, created) FROM stdin;
1	acme	Acme	2026-11-30 21:03:55.889563+00
2	acme-shop	아크메 상점	2026-11-30 21:03:55.916964+00
3	empty	Empty	2026-11-30 21:03:58.40179+00
\.


--
-- Data for Name: accounts_membership; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts_membership (id, role, app_id, user_id) FROM stdin;
1	admin	1	1
2	viewer	2	1
3	editor	2	3
4	admin	1	2
\.


--
-- Data for Name: accounts_user; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined, time_zone, language, replica, replica_from) FROM stdin;
3	pbkdf2_sha256$1000000$D0MflOewbh8ynjeXSJfdIo$X4dmzo8hJm0DI4vcHsQFlVwH2umhSMA74ukBOn6DNGY=	\N	f	민수				f	t	2026-11-30 21:03:56.441174+00		en		\N
4	!NwvciSxfhEv8AIJwIcHvRMeK7HcfJUwEYExbmhJL	\N	f	gone			gone@example.com	f	f	2026-11-30 21:03:56.713367+00		en		\N
2	pbkdf2_sha256$1000000$OpEbU6lzFSFuI2qsKsvSSH$dJjv6OE+h39H5p5CLzpnl34iSLt/HbEOBwE5aBqxHH8=	2026-11-30 21:03:58.376102+00	t	root			root@example.com	t	t	2026-11-30 21:03:56.196647+00		en		\N
1	pbkdf2_sha256$1000000$KB7cH7LY1LDXjkQe75p43d$w5KJ/b77ByZzdO9oIuWwxWMifByDzoRDvhaLPz8M1fw=	2026-11-30 21:03:58.6567+00	f	Ada			Ada.Lovelace@example.com	t	t	2026-11-30 21:03:55.918082+00	Asia/Seoul	ko	0123456789abcdef	2026-11-30 21:03:58.702251+00
\.


--
-- Data for Name: accounts_user_groups; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts_user_groups (id, user_id, group_id) FROM stdin;
1	1	1
\.


--
-- Data for Name: accounts_user_user_permissions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.accounts_user_user_permissions (id, user_id, permission_id) FROM stdin;
1	3	57
\.


--
-- Data for Name: api_idempotencyrecord; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.api_idempotencyrecord (id, key, fingerprint, status, headers, body, created, app_id) FROM stdin;
1	first	\\x419500200b255cc91cd0b3bab26306c4b2c513c90233558203397535cd00f920	201	{"ETag": "\\"1\\"", "Location": "/v1/commerce/customers/cus_01m8q4b104h78jy6h9snrzep5s"}	{"id":"cus_01m8q4b104h78jy6h9snrzep5s","created":"2026-11-30T21:03:57.444507Z","email":"api@example.com","name":"유재석","phone":null,"address":null}	2026-11-30 21:03:57.443196+00	1
2	second	\\xddbe988af761298258042666ca9e6ea45c87ddd040b09baa96e506f4f1ed15c2	200	{"ETag": "\\"1\\""}	{"id":"cus_01hqr5cf60kpcsqej1a7afmy73","created":"2024-02-28T15:30:00Z","email":"ada@example.com","name":"Ada Lovelace","phone":"+442079460018","address":{"line1":"12 St James's Square","line2":null,"city":"London","state":null,"postal_code":"SW1Y 4JH","country":"GB"}}	2026-11-30 21:03:57.448708+00	1
\.


--
-- Data for Name: auth_group; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.auth_group (id, name) FROM stdin;
1	Support
2	Sales
\.


--
-- Data for Name: auth_group_permissions; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.auth_group_permissions (id, group_id, permission_id) FROM stdin;
1	1	58
2	1	60
\.


--
-- Data for Name: auth_permission; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.auth_permission (id, name, content_type_id, codename) FROM stdin;
1	Can add log entry	1	add_logentry
2	Can change log entry	1	change_logentry
3	Can delete log entry	1	delete_logentry
4	Can view log entry	1	view_logentry
5	Can add permission	2	add_permission
6	Can change permission	2	change_permission
7	Can delete permission	2	delete_permission
8	Can view permission	2	view_permission
9	Can add group	3	add_group
10	Can change group	3	change_group
11	Can delete group	3	delete_group
12	Can view group	3	view_group
13	Can add content type	4	add_contenttype
14	Can change content type	4	change_contenttype
15	Can delete content type	4	delete_contenttype
16	Can view content type	4	view_contenttype
17	Can add session	5	add_session
18	Can change session	5	change_session
19	Can delete session	5	delete_session
20	Can view session	5	view_session
21	Can add access attempt	6	add_accessattempt
22	Can change access attempt	6	change_accessattempt
23	Can delete access attempt	6	delete_accessattempt
24	Can view access attempt	6	view_accessattempt
25	Can add access log	7	add_accesslog
26	Can change access log	7	change_accesslog
27	Can delete access log	7	delete_accesslog
28	Can view access log	7	view_accesslog
29	Can add access failure	8	add_accessfailurelog
30	Can change access failure	8	change_accessfailurelog
31	Can delete access failure	8	delete_accessfailurelog
32	Can view access failure	8	view_accessfailurelog
33	Can add access attempt expiration	9	add_accessattemptexpiration
34	Can change access attempt expiration	9	change_accessattemptexpiration
35	Can delete access attempt expiration	9	delete_accessattemptexpiration
36	Can view access attempt expiration	9	view_accessattemptexpiration
37	Can add beat	10	add_beat
38	Can change beat	10	change_beat
39	Can delete beat	10	delete_beat
40	Can view beat	10	view_beat
41	Can add app	11	add_app
42	Can change app	11	change_app
43	Can delete app	11	delete_app
44	Can view app	11	view_app
45	Can add user	12	add_user
46	Can change user	12	change_user
47	Can delete user	12	delete_user
48	Can view user	12	view_user
49	Can add API key	13	add_apikey
50	Can change API key	13	change_apikey
51	Can delete API key	13	delete_apikey
52	Can view API key	13	view_apikey
53	Can add membership	14	add_membership
54	Can change membership	14	change_membership
55	Can delete membership	14	delete_membership
56	Can view membership	14	view_membership
57	Can add customer	16	add_customer
58	Can change customer	16	change_customer
59	Can delete customer	16	delete_customer
60	Can view customer	16	view_customer
61	Can add customer count	17	add_customercount
62	Can change customer count	17	change_customercount
63	Can delete customer count	17	delete_customercount
64	Can view customer count	17	view_customercount
65	Can add idempotency record	18	add_idempotencyrecord
66	Can change idempotency record	18	change_idempotencyrecord
67	Can delete idempotency record	18	delete_idempotencyrecord
68	Can view idempotency record	18	view_idempotencyrecord
\.


--
-- Data for Name: axes_accessattempt; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.axes_accessattempt (id, user_agent, ip_address, username, http_accept, path_info, attempt_time, get_data, post_data, failures_since_start) FROM stdin;
1	Mozilla/5.0	192.0.2.1	ada	*/*	/sign-in/	2026-11-30 21:03:58.698491+00		username=ada	3
\.


--
-- Data for Name: axes_accessattemptexpiration; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.axes_accessattemptexpiration (access_attempt_id, expires_at) FROM stdin;
1	2026-11-30 21:03:58.699775+00
\.


--
-- Data for Name: axes_accessfailurelog; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.axes_accessfailurelog (id, user_agent, ip_address, username, http_accept, path_info, attempt_time, locked_out) FROM stdin;
2	<unknown>	192.0.2.2	nobody	<unknown>	/sign-in/	2026-11-30 21:03:58.026686+00	f
3		192.0.2.3	somebody		/sign-in/	2026-11-30 21:03:58.697475+00	f
\.


--
-- Data for Name: axes_accesslog; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.axes_accesslog (id, user_agent, ip_address, username, http_accept, path_info, attempt_time, logout_time, session_hash) FROM stdin;
1	Mozilla/5.0	192.0.2.1	ada	*/*	/sign-in/	2026-11-30 21:03:58.701006+00	\N	
\.


--
-- Data for Name: customers_customer; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customers_customer (key, public_id, email, name, phone, address_line1, address_line2, address_city, address_state, address_postal_code, address_country, created, updated, version, app_id) FROM stdin;
1	cus_01hqr5cf60kpcsqej1a7afmy73	ada@example.com	Ada Lovelace	+442079460018	12 St James's Square		London		SW1Y 4JH	GB	2024-02-28 15:30:00+00	2026-11-30 21:03:56.752996+00	1	1
2	cus_01hqr5cf60n990x5nhmpe1f4mk	ada@example.com	Ada Lovelace								2024-02-28 15:30:00+00	2026-11-30 21:03:56.760224+00	1	2
3	cus_01htqefwb0en7sgq12dtc11wbe	kim.minsu@naver.com	김민수	+821012345678	테헤란로 152		서울	강남구	06236	KR	2024-04-05 15:37:00+00	2026-11-30 21:03:56.762636+00	1	1
4	cus_01hxpqk9g0ypv8bndcjapkjfed	lee@한국.kr	이서연							KR	2024-05-12 15:44:00+00	2026-11-30 21:03:56.790549+00	1	1
5	cus_01j0p0ppn08xxdg1mpt3dtmvvq	박지훈@naver.com	박 지훈	+82212345678							2024-06-18 15:51:00+00	2026-11-30 21:03:56.793043+00	1	1
6	cus_01hqzwjm6046jpxm5g0hfkqmwv	박지훈@naver.com	박 지훈								2024-03-02 15:30:00+00	2026-11-30 21:03:56.794475+00	1	2
7	cus_01j3n9t3t0j53p35j49wn9tswp	\N	남궁민	+821098765432							2024-07-25 15:58:00+00	2026-11-30 21:03:56.795507+00	1	1
8	cus_01j6mjxgz00xngwb6kf4nxgcf5	P1@Straße.example	Łukasz Żółć	+48221234567			Łódź			PL	2024-08-31 16:05:00+00	2026-11-30 21:03:56.797101+00	1	1
9	cus_01j9kw0y40qw3w1k2j8cavg7xt	sisyphos@example.gr	Σίσυφος							GR	2024-10-07 16:12:00+00	2026-11-30 21:03:56.79793+00	1	1
10	cus_01hr7krs60b5vbyehtetgdqxv6	sisyphos@example.gr	Σίσυφος								2024-03-05 15:30:00+00	2026-11-30 21:03:56.798821+00	1	2
11	cus_01jck54b90wr3mr9j7zbwvh195	tanaka@yahoo.co.jp	田中 太郎	+81312345678				東京都		JP	2024-11-13 16:19:00+00	2026-11-30 21:03:56.800767+00	1	1
12	cus_01jfje7re0tqtyaqx8njfcp9p0	suzuki@example.jp	スズキ ハナコ								2024-12-20 16:26:00+00	2026-11-30 21:03:56.801645+00	1	1
13	cus_01jjhqb5k03xad32510hakkptw	wang@qq.com	王小明	+8613800138000			北京			CN	2025-01-26 16:33:00+00	2026-11-30 21:03:56.803705+00	1	1
14	cus_01hrfayy60j6yrwh1s2mc31efn	wang@qq.com	王小明								2024-03-08 15:30:00+00	2026-11-30 21:03:56.80456+00	1	2
15	cus_01jnh0ejr0vpxpvce9zgd3dxfk	muhammad@example.com.sa	محمد علي	+966501234567						SA	2025-03-04 16:40:00+00	2026-11-30 21:03:56.805896+00	1	1
16	cus_01jrg9hzx0m8rexphr4pcadv03	asha@example.in	आशा पटेल	+919876543210						IN	2025-04-10 16:47:00+00	2026-11-30 21:03:56.807661+00	1	1
17	cus_01jvfjnd20n4bgbbgnznwqazjp	ivan@mail.ru	Иван Петров	+79161234567						RU	2025-05-17 16:54:00+00	2026-11-30 21:03:56.809189+00	1	1
18	cus_01hrq25360kym5ndrp17haz9c9	ivan@mail.ru	Иван Петров								2024-03-11 15:30:00+00	2026-11-30 21:03:56.809955+00	1	2
19	cus_01jyevrt70pcqrmf01qaxh2mhv	somchai@example.co.th	สมชาย ใจดี							TH	2025-06-23 17:01:00+00	2026-11-30 21:03:56.810718+00	1	1
20	cus_01k1e4w7c045892107rrksbs5d	nguyen@example.vn	Nguyễn Văn Ánh	+84912345678						VN	2025-07-30 17:08:00+00	2026-11-30 21:03:56.812055+00	1	1
21	cus_01k4ddzmh0qdffxwevafb65bbc	o'brien+news@example.ie	Seán O’Brien-Smith							IE	2025-09-05 17:15:00+00	2026-11-30 21:03:56.812794+00	1	1
22	cus_01hrysb8601rgrq0gn3dvr4z1a	o'brien+news@example.ie	Seán O’Brien-Smith								2024-03-14 15:30:00+00	2026-11-30 21:03:56.813495+00	1	2
23	cus_01k7cq31p0zph2e5fn4s8acxs6	istanbul@example.com.tr	İbrahim Işık							TR	2025-10-12 17:22:00+00	2026-11-30 21:03:56.81425+00	1	1
24	cus_01kac06ev05fqze7fnt8t201k0	emoji@example.com	Zoë 🦊 Fox								2025-11-18 17:29:00+00	2026-11-30 21:03:56.81485+00	1	1
25	cus_01kdb99w00yhfs4wavtrd5e633	\N		+14155552671						US	2025-12-25 17:36:00+00	2026-11-30 21:03:56.816221+00	1	1
26	cus_01hs6ghd606f9yst5fqgqsz55z	\N									2024-03-17 15:30:00+00	2026-11-30 21:03:56.81695+00	1	2
27	cus_01kgajd950nj17bwq5e2mp67xb	noname@example.com									2026-01-31 17:43:00+00	2026-11-30 21:03:56.817549+00	1	1
28	cus_01kk9vgpa0fhpjkrya6ej4r2ns	\N	Only Name								2026-03-09 17:50:00+00	2026-11-30 21:03:56.818238+00	1	1
29	cus_01kp94m3f0hk7gwr9e1yfzqr83	backslash@example.com	Tab\\Back								2026-04-15 17:57:00+00	2026-11-30 21:03:56.818827+00	1	1
30	cus_01hse7qj60n28r3x3bqax5wdde	backslash@example.com	Tab\\Back								2024-03-20 15:30:00+00	2026-11-30 21:03:56.819501+00	1	2
31	cus_my_own	\N	Own Id								0001-01-02 00:00:00+00	2026-11-30 21:03:56.820088+00	1	1
32	cus_my_own	\N	Own Id								9999-12-30 00:00:00+00	2026-11-30 21:03:56.820691+00	1	2
33	cus_01m8q4b0cnzd5fz1m1tt6j7zjt	changed@example.com	After	+14155552672							2026-11-30 21:03:56.821226+00	2026-11-30 21:03:56.822631+00	2	1
34	cus_01jbvbctjgabr9nq2ygtzcbr6d	elias.krause@gmx.de	Elias Krause	+491703585304	Karl-Marx-Allee 171		Köln		50007	DE	2024-11-04 10:26:42.896+00	2024-11-04 10:26:42.896+00	1	2
35	cus_01jd02m34cfnng891bj04qjbvs	charlotte_wilson85@hotmail.com	Charlotte Wilson	+61415854614							2024-11-18 16:45:17.836+00	2025-07-27 11:28:41.648+00	3	2
36	cus_01jedk52bvp5fg69x4r4xedqzt	jennifer_anderson1988@gmail.com	Jennifer Anderson	+16174646043	416 5th Ave	Floor 6	Boston	MA	02122	US	2024-12-06 09:00:00.763+00	2024-12-06 09:00:00.763+00	1	2
37	cus_01jfcf76dj44wxys1a6f17cac0	meiling_tsai91@yahoo.com.tw	蔡美玲	+886920490273	和平西路8段38號	16樓	中山區	台北市	10442	TW	2024-12-18 08:47:43.538+00	2024-12-18 08:47:43.538+00	1	2
38	cus_01jqp83ae13b0jtvr2nzkpz0dp	l.neumann@yilmaz-verlag.de	Lukas Neumann	+491609276410			Frankfurt am Main			DE	2025-03-31 14:01:15.457+00	2025-03-31 14:01:15.457+00	1	2
39	cus_01jqvz238nkdsbz3gpdz87g7bm	n.xu74@163.com	徐娜	+8613882222851	解放路75号	1605室	上海市	上海市	200005	CN	2025-04-02 19:18:44.757+00	2025-04-02 19:18:44.757+00	1	2
40	cus_01jr6eg48mzxx4rszd1e1kjgs1	invoices@evansbikes.com	Evans Bikes	+14042937704	26 Main St		Atlanta	GA	30372	US	2025-04-06 21:00:57.492+00	2025-04-06 21:00:57.492+00	1	2
41	cus_01jt4w8cm499613pawqef23ntw	jszymanski@onet.pl	Jan Szymański		ul. Polna 59	m. 3	Wrocław	dolnośląskie	50-524	PL	2025-05-01 02:54:18.756+00	2025-05-01 02:54:18.756+00	1	2
42	cus_01k729yqxk99wahpmy8p216vj1	ryo.yamazaki17@gmail.com	山崎 亮	+819025849277							2025-10-08 16:20:03.123+00	2025-10-08 16:20:03.123+00	1	2
43	cus_01k8ty6g2xxxcj6z4591aqvjre	allen.matthew81@outlook.com	Matthew R. Allen	+12133774206			Los Angeles	CA		US	2025-10-30 16:11:16.957+00	2025-10-30 16:11:16.957+00	1	2
44	cus_01k9dnmcbm4w1pktrfdng3kd29	karin.jansson@skargarddesign.se	Karin Jansson	+46739295558	Storgatan 16		Jönköping		555 44	SE	2025-11-06 22:47:08.916+00	2025-11-06 22:47:08.916+00	1	2
45	cus_01ka15tzqng7vvqtq4yktww5vn	invoices@summit-systems.com	Summit Systems	+12148063428							2025-11-14 12:35:56.789+00	2025-11-14 12:35:56.789+00	1	2
46	cus_01kdjceg76w8hfnwa5zd19wcbd	woojinyang@gmail.com	양우진		올림픽로 355	208호	성동구	서울특별시	04737	KR	2025-12-28 11:45:38.534+00	2025-12-28 11:45:38.534+00	1	2
47	cus_01kdkrq8dqzhmv9s7acd2kkgk8	joergen.nielsen@madsen-soen.dk	Jørgen Nielsen	+4528271832	Kirkevej 3	8. tv.	København N		2200	DK	2025-12-29 00:39:22.807+00	2025-12-29 00:39:22.807+00	1	2
48	cus_01kedmqzj559w67pexgwc3vavd	billing@pinecrestbikes.com	Pinecrest Bikes LLC	+14152823712	310 Hill Rd		San Francisco	CA	94109	US	2026-01-08 01:50:07.429+00	2026-01-08 01:50:07.429+00	1	2
49	cus_01keg8xaztjna8zqgvqc2bzqnk	hyejin@byeolmaru-const.co.kr	박혜진				서초구	서울특별시		KR	2026-01-09 02:21:03.354+00	2026-01-09 02:21:03.354+00	1	2
50	cus_01kf3jmf1w1sqkncx0echzdwm4	zuzanna.kaczmarek@onet.pl	Zuzanna Kaczmarek	+48509120574	ul. Marszałkowska 166		Szczecin	zachodniopomorskie	70-608	PL	2026-01-16 14:16:32.572+00	2026-08-25 15:34:49.835+00	4	2
51	cus_01kfry4g4rycfkj4qkq4bkkjta	thomas.arthur94@gmail.com	Arthur Thomas	+33624253745	30 allée des Tilleuls		Paris		75014	FR	2026-01-24 21:21:35.384+00	2026-01-24 21:21:35.384+00	1	2
52	cus_01khx85ky8yq5mm3wg1e5x8qwx	\N	张文博	+8613767271368			杭州市	浙江省		CN	2026-02-20 10:05:19.176+00	2026-02-20 10:05:19.176+00	1	2
53	cus_01kjahd1yn5nyhc59her0g82b7	antoni.kaminski@gmail.com	Antoni Kamiński	+48691334898	pl. Wolności 22/72		Kraków	małopolskie	30-425	PL	2026-02-25 13:56:47.701+00	2026-02-25 13:56:47.701+00	1	2
54	cus_01kkkwc3vm8n7k4170s3m1k0qz	felix_koch2004@gmail.com	Felix Koch	+491705264002						DE	2026-03-13 15:17:22.932+00	2026-03-13 15:17:22.932+00	1	2
55	cus_01kktnwztnn8nyfxn27qfg9sgt	office@fop-melnyk.com.ua	ФОП Мельник	+380678755484	вул. Франка, 7	кв. 2	Ужгород	Закарпатська обл.	88022	UA	2026-03-16 06:38:56.853+00	2026-03-16 06:38:56.853+00	1	2
56	cus_01kqwkgyrx0404zsxfym36faed	\N	한나래	+821042177447	세종대로 279	701호	세종시	세종특별자치시	30189	KR	2026-05-05 17:38:41.565+00	2026-05-05 17:38:41.565+00	1	2
57	cus_01kshrnjkg3g5g44smw340v1c0	hanspeter.schaefer@gmail.com	Hans-Peter Schäfer	+491705565383	Karl-Marx-Allee 102	Hinterhaus	Leipzig		04812	DE	2026-05-26 09:08:20.72+00	2026-05-26 09:08:20.72+00	1	2
58	cus_01kt1trpm56b2m4g6h3pzg5dxa	chunchieh.cheng@taiwanlogistics.com.tw	鄭俊傑	+886929950426	中山北路8段847號	52室	中山區	台北市	10403	TW	2026-06-01 14:52:51.205+00	2026-06-01 14:52:51.205+00	1	2
59	cus_01ktt56tewk266y28nr27k895r	larsson.axel@hotmail.com	Axel Larsson	+46702857164	Skolgatan 34		Göteborg		413 35	SE	2026-06-11 01:37:06.012+00	2026-06-11 01:37:06.012+00	1	2
60	cus_01kwhbhfg3fz9vvcjwp85s3959	ramesh.saxena@gmail.com			99 नेहरू नगर		चेन्नई	तमिलनाडु	600034	IN	2026-07-02 12:06:00.451+00	2026-10-24 17:13:28.951+00	3	2
61	cus_01kwj2520myk3kneewdhh66fw6	chloe.jones@gmail.com	Chloe Jones	+12134037268	65 Hill Rd		Los Angeles	CA	90020	US	2026-07-02 18:41:10.676+00	2026-07-02 18:41:10.676+00	1	2
62	cus_01kwyf6gbeckadfjdasm33stz9	robert.davis@outlook.com	Robert Davis	+12147723355	79 Chestnut St		Dallas	TX	75221	US	2026-07-07 14:20:02.798+00	2026-08-11 04:30:12.493+00	2	2
63	cus_01kyf8y4ahk1r8dhjr292sktky	\N	Leonardo Ramírez Mendoza	+525527698430			Ciudad de México	CDMX		MX	2026-07-26 13:13:24.049+00	2026-07-26 13:13:24.049+00	1	2
64	cus_01kypjwtp1eh7e73be8awn89nf	johnsonbruce23@gmail.com	Bruce Johnson		9/33 Ocean Parade		Melbourne	VIC	3058	AU	2026-07-29 09:22:08.193+00	2026-07-29 09:22:08.193+00	1	2
65	cus_01kz46ev3mkcxs8acpp1fcmar1	djang27@gmail.com	장다은	+821075258499						KR	2026-08-03 16:14:09.012+00	2026-08-03 16:14:09.012+00	1	2
66	cus_01m0rkgdv6s05kd4bwzdrqj5wk	zhoulei@foxmail.com	周磊	+8618640001515	文化路549号	4层	上海市	上海市	200057	CN	2026-08-24 00:42:42.918+00	2026-08-24 00:42:42.918+00	1	2
67	cus_01m1hh61vbr6knhnzpb8sdcehh	hello@moretonelectrical.au	Moreton Electrical Pty Ltd	+61436688868	170 Beach Road		Adelaide	SA	5090	AU	2026-09-02 17:03:06.603+00	2026-09-02 17:03:06.603+00	1	2
68	cus_01m23cezgcgnmkhzkwwhj53j5d	faktury@piekarnia-orzel.eu	Piekarnia Orzeł		ul. Szkolna 49/92		Łódź	łódzkie	90-272	PL	2026-09-09 15:26:56.012+00	2026-09-09 15:26:56.012+00	1	2
69	cus_01m32ej07wcgywzy44sd58v708	anna.moretti@tramontana-software.eu	Anna Moretti	+393395641545							2026-09-21 16:59:59.612+00	2026-09-21 16:59:59.612+00	1	2
70	cus_01m3pstxdbr0zwfk2wdp5x0q39	eleanor_taylor@gmail.com	Eleanor Taylor							GB	2026-09-29 14:41:54.603+00	2026-09-29 14:41:54.603+00	1	2
71	cus_01m4vnwsm0znmat9384qzz75h5	arjun.yadav@kulkarniandsons.in	अर्जुन यादव		84 पार्क स्ट्रीट	7वीं मंजिल	नई दिल्ली	दिल्ली	110036	IN	2026-10-13 22:24:55.936+00	2026-10-13 22:24:55.936+00	1	2
72	cus_01m5j4k9jqqz2kday5272yxtmv	\N	Максим Ткаченко	+380974028007	вул. Лесі Українки, 16а	кв. 4	Івано-Франківськ	Івано-Франківська обл.	76014	UA	2026-10-22 15:45:10.743+00	2026-10-31 06:43:22.1+00	2	2
73	cus_01m612f84rj735cq4920qm1cdq	mmatsumoto@wakabadesign.ne.jp	松本 湊	+819087850090	東山9-53		武蔵野市	東京都	180-0070	JP	2026-10-28 10:56:37.528+00	2026-10-28 10:56:37.528+00	1	2
74	cus_01m8q4b104h78jy6h9snrzep5s	api@example.com	유재석								2026-11-30 21:03:57.444507+00	2026-11-30 21:03:57.444507+00	1	1
\.


--
-- Data for Name: customers_customercount; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customers_customercount (id, start, number, app_id) FROM stdin;
1	2024-02-28 00:00:00+00	1	1
2	\N	1	1
3	2024-02-28 00:00:00+00	1	2
4	\N	1	2
5	2024-04-05 00:00:00+00	1	1
6	\N	1	1
7	2024-05-12 00:00:00+00	1	1
8	\N	1	1
9	2024-06-18 00:00:00+00	1	1
10	\N	1	1
11	2024-03-02 00:00:00+00	1	2
12	\N	1	2
13	2024-07-25 00:00:00+00	1	1
14	\N	1	1
15	2024-08-31 00:00:00+00	1	1
16	\N	1	1
17	2024-10-07 00:00:00+00	1	1
18	\N	1	1
19	2024-03-05 00:00:00+00	1	2
20	\N	1	2
21	2024-11-13 00:00:00+00	1	1
22	\N	1	1
23	2024-12-20 00:00:00+00	1	1
24	\N	1	1
25	2025-01-26 00:00:00+00	1	1
26	\N	1	1
27	2024-03-08 00:00:00+00	1	2
28	\N	1	2
29	2025-03-04 00:00:00+00	1	1
30	\N	1	1
31	2025-04-10 00:00:00+00	1	1
32	\N	1	1
33	2025-05-17 00:00:00+00	1	1
34	\N	1	1
35	2024-03-11 00:00:00+00	1	2
36	\N	1	2
37	2025-06-23 00:00:00+00	1	1
38	\N	1	1
39	2025-07-30 00:00:00+00	1	1
40	\N	1	1
41	2025-09-05 00:00:00+00	1	1
42	\N	1	1
43	2024-03-14 00:00:00+00	1	2
44	\N	1	2
45	2025-10-12 00:00:00+00	1	1
46	\N	1	1
47	2025-11-18 00:00:00+00	1	1
48	\N	1	1
49	2025-12-25 00:00:00+00	1	1
50	\N	1	1
51	2024-03-17 00:00:00+00	1	2
52	\N	1	2
53	2026-01-31 00:00:00+00	1	1
54	\N	1	1
55	2026-03-09 00:00:00+00	1	1
56	\N	1	1
57	2026-04-15 00:00:00+00	1	1
58	\N	1	1
59	2024-03-20 00:00:00+00	1	2
60	\N	1	2
61	0001-01-02 00:00:00+00	1	1
62	\N	1	1
63	9999-12-30 00:00:00+00	1	2
64	\N	1	2
65	2026-11-30 21:00:00+00	1	1
66	\N	1	1
67	2026-10-13 00:00:00+00	1	2
68	2026-01-16 00:00:00+00	1	2
69	2026-01-08 00:00:00+00	1	2
70	2025-10-08 00:00:00+00	1	2
71	2026-10-22 15:45:00+00	1	2
72	2026-07-07 00:00:00+00	1	2
73	2026-06-01 00:00:00+00	1	2
74	2026-01-24 00:00:00+00	1	2
75	2026-09-29 00:00:00+00	1	2
76	2026-02-20 00:00:00+00	1	2
77	2026-06-11 00:00:00+00	1	2
78	2024-11-04 00:00:00+00	1	2
79	2025-11-06 00:00:00+00	1	2
80	2026-08-24 00:00:00+00	1	2
81	2026-01-09 00:00:00+00	1	2
82	2026-07-02 00:00:00+00	2	2
83	2025-12-29 00:00:00+00	1	2
84	2025-05-01 00:00:00+00	1	2
85	2025-04-06 00:00:00+00	1	2
86	2024-11-18 00:00:00+00	1	2
87	2026-09-02 00:00:00+00	1	2
88	2026-10-28 10:45:00+00	1	2
89	2026-05-05 00:00:00+00	1	2
90	2024-12-18 00:00:00+00	1	2
91	2026-08-03 00:00:00+00	1	2
92	2026-02-25 00:00:00+00	1	2
93	2024-12-06 00:00:00+00	1	2
94	2026-07-26 00:00:00+00	1	2
95	2026-09-09 00:00:00+00	1	2
96	2025-04-02 00:00:00+00	1	2
97	2026-09-21 00:00:00+00	1	2
98	2025-12-28 00:00:00+00	1	2
99	2026-03-16 00:00:00+00	1	2
100	2025-11-14 00:00:00+00	1	2
101	2026-05-26 00:00:00+00	1	2
102	2026-03-13 00:00:00+00	1	2
103	2025-10-30 00:00:00+00	1	2
104	2026-07-29 00:00:00+00	1	2
105	2025-03-31 00:00:00+00	1	2
106	\N	40	2
107	2026-11-30 21:00:00+00	1	1
108	\N	1	1
\.


--
-- Data for Name: django_admin_log; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.django_admin_log (id, action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id) FROM stdin;
1	2026-11-30 21:03:58.388102+00	2	Sales	1	[{"added": {}}]	3	2
2	2026-11-30 21:03:58.403023+00	3	Empty	1	[{"added": {}}]	11	2
\.


--
-- Data for Name: django_content_type; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.django_content_type (id, app_label, model) FROM stdin;
1	admin	logentry
2	auth	permission
3	auth	group
4	contenttypes	contenttype
5	sessions	session
6	axes	accessattempt
7	axes	accesslog
8	axes	accessfailurelog
9	axes	accessattemptexpiration
10	replicas	beat
11	accounts	app
12	accounts	user
13	accounts	apikey
14	accounts	membership
15	accounts	session
16	customers	customer
17	customers	customercount
18	api	idempotencyrecord
\.


--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.django_migrations (id, app, name, applied) FROM stdin;
1	sessions	0001_initial	2026-11-30 21:01:42.719526+00
2	contenttypes	0001_initial	2026-11-30 21:01:42.730105+00
3	contenttypes	0002_remove_content_type_name	2026-11-30 21:01:42.742011+00
4	auth	0001_initial	2026-11-30 21:01:42.790193+00
5	auth	0002_alter_permission_name_max_length	2026-11-30 21:01:42.797959+00
6	auth	0003_alter_user_email_max_length	2026-11-30 21:01:42.805467+00
7	auth	0004_alter_user_username_opts	2026-11-30 21:01:42.816591+00
8	auth	0005_alter_user_last_login_null	2026-11-30 21:01:42.829323+00
9	auth	0006_require_contenttypes_0002	2026-11-30 21:01:42.838139+00
10	auth	0007_alter_validators_add_error_messages	2026-11-30 21:01:42.847534+00
11	auth	0008_alter_user_username_max_length	2026-11-30 21:01:42.857518+00
12	auth	0009_alter_user_last_name_max_length	2026-11-30 21:01:42.861666+00
13	auth	0010_alter_group_name_max_length	2026-11-30 21:01:42.870933+00
14	auth	0011_update_proxy_permissions	2026-11-30 21:01:42.87727+00
15	auth	0012_alter_user_first_name_max_length	2026-11-30 21:01:42.885143+00
16	accounts	0001_initial	2026-11-30 21:01:43.046264+00
17	accounts	0002_readers	2026-11-30 21:01:43.102138+00
18	accounts	0003_session	2026-11-30 21:01:43.107495+00
19	admin	0001_initial	2026-11-30 21:01:43.138042+00
20	admin	0002_logentry_remove_auto_add	2026-11-30 21:01:43.152489+00
21	admin	0003_logentry_add_action_flag_choices	2026-11-30 21:01:43.172454+00
22	api	0001_initial	2026-11-30 21:01:43.202104+00
23	axes	0001_initial	2026-11-30 21:01:43.222174+00
24	axes	0002_auto_20151217_2044	2026-11-30 21:01:43.258386+00
25	axes	0003_auto_20160322_0929	2026-11-30 21:01:43.282635+00
26	axes	0004_auto_20181024_1538	2026-11-30 21:01:43.302049+00
27	axes	0005_remove_accessattempt_trusted	2026-11-30 21:01:43.31037+00
28	axes	0006_remove_accesslog_trusted	2026-11-30 21:01:43.330508+00
29	axes	0007_alter_accessattempt_unique_together	2026-11-30 21:01:43.36206+00
30	axes	0008_accessfailurelog	2026-11-30 21:01:43.377983+00
31	axes	0009_add_session_hash	2026-11-30 21:01:43.384666+00
32	axes	0010_accessattemptexpiration	2026-11-30 21:01:43.396553+00
33	customers	0001_functions	2026-11-30 21:01:43.430142+00
34	customers	0002_customer	2026-11-30 21:01:43.482137+00
35	customers	0003_customer_count	2026-11-30 21:01:43.518053+00
36	customers	0004_time_buckets	2026-11-30 21:01:43.586056+00
37	customers	0005_domain_orders	2026-11-30 21:01:43.658798+00
38	customers	0006_buckets	2026-11-30 21:01:43.761947+00
39	customers	0007_totals	2026-11-30 21:01:43.816649+00
40	customers	0008_search_by_letters	2026-11-30 21:01:43.913102+00
41	customers	0009_quick_inserts	2026-11-30 21:01:43.97369+00
42	customers	0010_countries_validated	2026-11-30 21:01:43.983198+00
43	replicas	0001_beat	2026-11-30 21:01:43.997885+00
\.


--
-- Data for Name: django_session; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.django_session (session_key, session_data, expire_date, user_id) FROM stdin;
sessionofada00000000000000000000	.eJxVjrEOwjAMRP8lM6qSWsQJIxJzJ-bIiV2lgpaqaSfEvxNQB1jv3jvdUwXa1hy2IksYWJ2UUYffLFK6yfQpKKXHNq2l2aPSXCsw0SjdchlpuJ939M_PVHKVmTT0bDFBK-QInSOx3gByxN5rOSKwM2TYRxDw4HyrMdrWRkmABusozfP3xSjq9Qa3iTtg:1xY8XW:h3U3U8Frk6k4qVzeAJHICFThlp7QEWFY3sw9-pdER60	2100-01-01 00:00:00+00	1
sessionofroot0000000000000000000	.eJxVi7sOwiAUQP-F2TRweTuaODs5kwsXQ6PFpJTJ-O9i0kHX83ixgH0robe8hpnYkQE7_LKI6Z7rV2BKz163Nu2oTdcRVFzyZT0vOD9Oe_r3F2xlzFoAUJQypayBOBGS8UIq4-UA3Cen8aaUQ-15jhaQJJJAZY0Dy6Vn7w-8sTdO:1xY8XW:CoPU-w90zoE8wK9qd8wVuY1kRFiDUTc1Y2hMmAfLUYk	2100-01-01 00:00:00+00	2
sessionsavedbefore00000000000000	.eJxVjrEOwjAMRP8lM6qSWsQJIxJzJ-bIiV2lgpaqaSfEvxNQB1jv3jvdUwXa1hy2IksYWJ2UUYffLFK6yfQpKKXHNq2l2aPSXCsw0SjdchlpuJ939M_PVHKVmTT0bDFBK-QInSOx3gByxN5rOSKwM2TYRxDw4HyrMdrWRkmABusozfP3xSjq9Qa3iTtg:1xY8XW:h3U3U8Frk6k4qVzeAJHICFThlp7QEWFY3sw9-pdER60	2100-01-01 00:00:00+00	\N
\.


--
-- Data for Name: replicas_beat; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.replicas_beat (id, moment, timeline) FROM stdin;
1	2026-11-30 21:01:43.997243+00	
\.


--
-- Name: accounts_apikey_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_apikey_id_seq', 3, true);


--
-- Name: accounts_app_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_app_id_seq', 3, true);


--
-- Name: accounts_membership_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_membership_id_seq', 4, true);


--
-- Name: accounts_user_groups_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, true);


--
-- Name: accounts_user_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_user_id_seq', 4, true);


--
-- Name: accounts_user_user_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, true);


--
-- Name: api_idempotencyrecord_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.api_idempotencyrecord_id_seq', 2, true);


--
-- Name: auth_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_id_seq', 2, true);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 2, true);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_permission_id_seq', 68, true);


--
-- Name: axes_accessattempt_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.axes_accessattempt_id_seq', 1, true);


--
-- Name: axes_accessfailurelog_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.axes_accessfailurelog_id_seq', 3, true);


--
-- Name: axes_accesslog_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.axes_accesslog_id_seq', 1, true);


--
-- Name: customers_customer_key_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.customers_customer_key_seq', 75, true);


--
-- Name: customers_customercount_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.customers_customercount_id_seq', 108, true);


--
-- Name: django_admin_log_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_admin_log_id_seq', 2, true);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_content_type_id_seq', 18, true);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_migrations_id_seq', 43, true);


--
-- Name: replicas_beat_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.replicas_beat_id_seq', 1, false);


--
-- Name: accounts_apikey accounts_apikey_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_pkey PRIMARY KEY (id);


--
-- Name: accounts_apikey accounts_apikey_prefix_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_prefix_key UNIQUE (prefix);


--
-- Name: accounts_app accounts_app_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_app
    ADD CONSTRAINT accounts_app_pkey PRIMARY KEY (id);


--
-- Name: accounts_app accounts_app_slug_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_app
    ADD CONSTRAINT accounts_app_slug_key UNIQUE (slug);


--
-- Name: accounts_membership accounts_membership_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_once UNIQUE (user_id, app_id);


--
-- Name: accounts_membership accounts_membership_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_pkey PRIMARY KEY (id);


--
-- Name: accounts_user_groups accounts_user_groups_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);


--
-- Name: accounts_user_groups accounts_user_groups_user_id_group_id_59c0b32f_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);


--
-- Name: accounts_user accounts_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);


--
-- Name: accounts_user_user_permissions accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);


--
-- Name: accounts_user_user_permissions accounts_user_user_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);


--
-- Name: accounts_user accounts_user_username_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_username_key UNIQUE (username);


--
-- Name: api_idempotencyrecord api_idempotency_key_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_idempotencyrecord
    ADD CONSTRAINT api_idempotency_key_unique UNIQUE (app_id, key);


--
-- Name: api_idempotencyrecord api_idempotencyrecord_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_idempotencyrecord
    ADD CONSTRAINT api_idempotencyrecord_pkey PRIMARY KEY (id);


--
-- Name: auth_group auth_group_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);


--
-- Name: auth_group_permissions auth_group_permissions_group_id_permission_id_0cd325b0_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);


--
-- Name: auth_group_permissions auth_group_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);


--
-- Name: auth_group auth_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);


--
-- Name: auth_permission auth_permission_content_type_id_codename_01ab375a_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);


--
-- Name: auth_permission auth_permission_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);


--
-- Name: axes_accessattempt axes_accessattempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_pkey PRIMARY KEY (id);


--
-- Name: axes_accessattempt axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq UNIQUE (username, ip_address, user_agent);


--
-- Name: axes_accessattemptexpiration axes_accessattemptexpiration_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptexpiration_pkey PRIMARY KEY (access_attempt_id);


--
-- Name: axes_accessfailurelog axes_accessfailurelog_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.axes_accessfailurelog
    ADD CONSTRAINT axes_accessfailurelog_pkey PRIMARY KEY (id);


--
-- Name: axes_accesslog axes_accesslog_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.axes_accesslog
    ADD CONSTRAINT axes_accesslog_pkey PRIMARY KEY (id);


--
-- Name: customers_customer customers_customer_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers_customer
    ADD CONSTRAINT customers_customer_pkey PRIMARY KEY (key);


--
-- Name: customers_customercount customers_customercount_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers_customercount
    ADD CONSTRAINT customers_customercount_pkey PRIMARY KEY (id);


--
-- Name: customers_customer customers_email_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers_customer
    ADD CONSTRAINT customers_email_unique UNIQUE (app_id, email_key);


--
-- Name: django_admin_log django_admin_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);


--
-- Name: django_content_type django_content_type_app_label_model_76bd3d3b_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);


--
-- Name: django_content_type django_content_type_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);


--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);


--
-- Name: django_session django_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);


--
-- Name: replicas_beat replicas_beat_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.replicas_beat
    ADD CONSTRAINT replicas_beat_pkey PRIMARY KEY (id);


--
-- Name: accounts_apikey_app_id_2af3ccd2; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_apikey_app_id_2af3ccd2 ON public.accounts_apikey USING btree (app_id);


--
-- Name: accounts_apikey_created_by_id_1b5317c8; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_apikey_created_by_id_1b5317c8 ON public.accounts_apikey USING btree (created_by_id);


--
-- Name: accounts_apikey_prefix_2468c39f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_apikey_prefix_2468c39f_like ON public.accounts_apikey USING btree (prefix varchar_pattern_ops);


--
-- Name: accounts_app_slug_9156815f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_app_slug_9156815f_like ON public.accounts_app USING btree (slug varchar_pattern_ops);


--
-- Name: accounts_membership_app_id_6b0ceb42; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_membership_app_id_6b0ceb42 ON public.accounts_membership USING btree (app_id);


--
-- Name: accounts_membership_user_id_487fb39e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_membership_user_id_487fb39e ON public.accounts_membership USING btree (user_id);


--
-- Name: accounts_user_email_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX accounts_user_email_unique ON public.accounts_user USING btree (lower((email)::text)) WHERE (NOT ((email)::text = ''::text));


--
-- Name: accounts_user_groups_group_id_bd11a704; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);


--
-- Name: accounts_user_groups_user_id_52b62117; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);


--
-- Name: accounts_user_user_permissions_permission_id_113bb443; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);


--
-- Name: accounts_user_user_permissions_user_id_e4f0a161; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);


--
-- Name: accounts_user_username_6088629e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_username_6088629e_like ON public.accounts_user USING btree (username varchar_pattern_ops);


--
-- Name: accounts_user_username_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX accounts_user_username_unique ON public.accounts_user USING btree (lower((username)::text));


--
-- Name: api_idempotency_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX api_idempotency_by_age ON public.api_idempotencyrecord USING btree (created);


--
-- Name: auth_group_name_a6ea08ec_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);


--
-- Name: auth_group_permissions_group_id_b120cbf9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);


--
-- Name: auth_group_permissions_permission_id_84c5c92e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);


--
-- Name: auth_permission_content_type_id_2f476e4b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);


--
-- Name: axes_accessattempt_ip_address_10922d9c; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessattempt_ip_address_10922d9c ON public.axes_accessattempt USING btree (ip_address);


--
-- Name: axes_accessattempt_user_agent_ad89678b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessattempt_user_agent_ad89678b ON public.axes_accessattempt USING btree (user_agent);


--
-- Name: axes_accessattempt_user_agent_ad89678b_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessattempt_user_agent_ad89678b_like ON public.axes_accessattempt USING btree (user_agent varchar_pattern_ops);


--
-- Name: axes_accessattempt_username_3f2d4ca0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessattempt_username_3f2d4ca0 ON public.axes_accessattempt USING btree (username);


--
-- Name: axes_accessattempt_username_3f2d4ca0_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessattempt_username_3f2d4ca0_like ON public.axes_accessattempt USING btree (username varchar_pattern_ops);


--
-- Name: axes_accessfailurelog_ip_address_2e9f5a7f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessfailurelog_ip_address_2e9f5a7f ON public.axes_accessfailurelog USING btree (ip_address);


--
-- Name: axes_accessfailurelog_user_agent_ea145dda; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda ON public.axes_accessfailurelog USING btree (user_agent);


--
-- Name: axes_accessfailurelog_user_agent_ea145dda_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda_like ON public.axes_accessfailurelog USING btree (user_agent varchar_pattern_ops);


--
-- Name: axes_accessfailurelog_username_a8b7e8a4; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4 ON public.axes_accessfailurelog USING btree (username);


--
-- Name: axes_accessfailurelog_username_a8b7e8a4_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4_like ON public.axes_accessfailurelog USING btree (username varchar_pattern_ops);


--
-- Name: axes_accesslog_ip_address_86b417e5; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accesslog_ip_address_86b417e5 ON public.axes_accesslog USING btree (ip_address);


--
-- Name: axes_accesslog_user_agent_0e659004; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accesslog_user_agent_0e659004 ON public.axes_accesslog USING btree (user_agent);


--
-- Name: axes_accesslog_user_agent_0e659004_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accesslog_user_agent_0e659004_like ON public.axes_accesslog USING btree (user_agent varchar_pattern_ops);


--
-- Name: axes_accesslog_username_df93064b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accesslog_username_df93064b ON public.axes_accesslog USING btree (username);


--
-- Name: axes_accesslog_username_df93064b_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX axes_accesslog_username_df93064b_like ON public.axes_accesslog USING btree (username varchar_pattern_ops);


--
-- Name: customers_by_created; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_by_created ON public.customers_customer USING btree (app_id, created, key);


--
-- Name: customers_by_domain; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_by_domain ON public.customers_customer USING btree (app_id, email_domain, created, key);


--
-- Name: customers_by_domain_email; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_by_domain_email ON public.customers_customer USING btree (app_id, email_domain, email_key);


--
-- Name: customers_by_domain_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_by_domain_name ON public.customers_customer USING btree (app_id, email_domain, name_key, key);


--
-- Name: customers_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_by_name ON public.customers_customer USING btree (app_id, name_key, key);


--
-- Name: customers_count_by_start; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_count_by_start ON public.customers_customercount USING btree (app_id, start) INCLUDE (number);


--
-- Name: customers_id_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX customers_id_unique ON public.customers_customer USING btree (app_id, public_id) INCLUDE (created, key);


--
-- Name: customers_search_hangul; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_search_hangul ON public.customers_customer USING gin (search_text public.gin_trgm_ops, public.proyecta_unusual(search_text), public.proyecta_buckets(app_id, created, email_key, name_key, email_domain)) WITH (gin_pending_list_limit='64', fastupdate='on') WHERE (NOT (search_text ~ '^[^가-힣]*$'::text));


--
-- Name: customers_search_other; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_search_other ON public.customers_customer USING gin (search_text public.gin_trgm_ops, public.proyecta_unusual(search_text), public.proyecta_buckets(app_id, created, email_key, name_key, email_domain)) WITH (gin_pending_list_limit='64', fastupdate='on') WHERE ((NOT (search_text ~ '[가-힣]'::text)) AND (NOT (search_text ~ '^[a-z0-9 đøłħß]*$'::text)));


--
-- Name: customers_search_usual; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_search_usual ON public.customers_customer USING gin (search_text public.gin_trgm_ops, public.proyecta_buckets(app_id, created, email_key, name_key, email_domain)) WITH (gin_pending_list_limit='64', fastupdate='on') WHERE (NOT (search_text ~ '[^a-z0-9 đøłħß]'::text));


--
-- Name: customers_without_email; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX customers_without_email ON public.customers_customer USING btree (app_id, email_key, key) WHERE (email_key IS NULL);


--
-- Name: django_admin_log_content_type_id_c4bce8eb; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);


--
-- Name: django_admin_log_user_id_c564eba6; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);


--
-- Name: django_session_expire_date_a5c62663; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);


--
-- Name: django_session_session_key_c0390e0f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);


--
-- Name: customers_customer customers_count_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customers_count_emptied AFTER TRUNCATE ON public.customers_customer FOR EACH STATEMENT EXECUTE FUNCTION public.proyecta_count_emptied();


--
-- Name: customers_customer customers_count_moved; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customers_count_moved AFTER UPDATE OF app_id, created ON public.customers_customer FOR EACH ROW WHEN (((old.app_id IS DISTINCT FROM new.app_id) OR (old.created IS DISTINCT FROM new.created))) EXECUTE FUNCTION public.proyecta_count_moved();


--
-- Name: customers_customer customers_counted; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customers_counted AFTER INSERT ON public.customers_customer REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION public.proyecta_count();


--
-- Name: customers_customer customers_uncounted; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER customers_uncounted AFTER DELETE ON public.customers_customer REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION public.proyecta_count();


--
-- Name: accounts_apikey accounts_apikey_app_id_2af3ccd2_fk_accounts_app_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_app_id_2af3ccd2_fk_accounts_app_id FOREIGN KEY (app_id) REFERENCES public.accounts_app(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_apikey accounts_apikey_created_by_id_1b5317c8_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_apikey
    ADD CONSTRAINT accounts_apikey_created_by_id_1b5317c8_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_membership accounts_membership_app_id_6b0ceb42_fk_accounts_app_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_app_id_6b0ceb42_fk_accounts_app_id FOREIGN KEY (app_id) REFERENCES public.accounts_app(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_membership accounts_membership_user_id_487fb39e_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_user_id_487fb39e_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_groups accounts_user_groups_group_id_bd11a704_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_groups accounts_user_groups_user_id_52b62117_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_user_permissions accounts_user_user_p_permission_id_113bb443_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_user_permissions accounts_user_user_p_user_id_e4f0a161_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: api_idempotencyrecord api_idempotencyrecord_app_id_0216e36e_fk_accounts_app_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_idempotencyrecord
    ADD CONSTRAINT api_idempotencyrecord_app_id_0216e36e_fk_accounts_app_id FOREIGN KEY (app_id) REFERENCES public.accounts_app(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissio_permission_id_84c5c92e_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissions_group_id_b120cbf9_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_permission auth_permission_content_type_id_2f476e4b_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: axes_accessattemptexpiration axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce FOREIGN KEY (access_attempt_id) REFERENCES public.axes_accessattempt(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: customers_customer customers_customer_app_id_94d7c3cf_fk_accounts_app_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers_customer
    ADD CONSTRAINT customers_customer_app_id_94d7c3cf_fk_accounts_app_id FOREIGN KEY (app_id) REFERENCES public.accounts_app(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: django_admin_log django_admin_log_content_type_id_c4bce8eb_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: django_admin_log django_admin_log_user_id_c564eba6_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- PostgreSQL database dump complete
--


