-- What people of the business read with tools of their own (docs/bi.md), under names and in words
-- that outlive our tables: transactions for plans, webhooks, and what happened.  Ids, amounts and
-- states; whatever has an @ in it may be somebody's mail and is left out.
--
-- Who changes a column that stands here, or makes a table anew, drops the view before and makes it
-- again: both engines refuse otherwise.
CREATE INDEX purchase_plan ON purchase (n) WHERE kind > 0;

-- amount is the order's total less what went back of it, in whole units of its currency.  Questions
-- to the gateway are counted by the attempt for ever where a job asked them, by their calls for 90
-- days all of them.

-- only sqlite
-- Members of JSON are found by their spelling, which is ours: SQLite lets no view that it does not
-- trust call its JSON functions.
CREATE VIEW creators_membership (id, user_id, new_tier, amount, currency, billing_cycle, gateway,
    gateway_reference, status, error_code, error_message, verification_count, version, created_at,
    completed_at, failed_at) AS
SELECT p.said, (SELECT u.external_id FROM customer AS u
        WHERE u.n = p.customer_n AND instr(u.external_id, '@') = 0),
    substr(p.terms, 1, instr(p.terms, '"') - 1),
    CASE p.digits WHEN 0 THEN CAST(p.kept AS TEXT)
        WHEN 3 THEN printf('%d.%03d', p.kept / 1000, p.kept % 1000)
        ELSE printf('%d.%02d', p.kept / 100, p.kept % 100) END,
    p.currency,
    CASE WHEN instr(p.terms, '"months":12,') > 0 THEN 'annual' ELSE 'monthly' END,
    CASE a.gateway WHEN 1 THEN 'moneymotion' WHEN 2 THEN 'stripe' WHEN 3 THEN 'flutterwave'
        WHEN 4 THEN 'eversend' ELSE 'none' END,
    COALESCE(NULLIF(a.payment, ''), a.session_id),
    CASE p.status WHEN 0 THEN 'pending' WHEN 1 THEN 'processing' WHEN 2 THEN 'completed'
        WHEN 3 THEN 'failed' WHEN 4 THEN 'expired' WHEN 5 THEN 'cancelled' WHEN 6 THEN 'completed'
        WHEN 7 THEN 'refunded' WHEN 8 THEN 'disputed' ELSE 'review' END,
    CASE WHEN p.completed_ms = 0 THEN CASE a.status WHEN 4 THEN 'declined' WHEN 5 THEN 'failed'
        WHEN 6 THEN 'unknown' WHEN 8 THEN 'expired' END END,
    CASE WHEN p.completed_ms = 0 AND instr(a.why, '@') = 0 THEN NULLIF(a.why, '') END,
    MAX((SELECT COALESCE(SUM(b.asks + (b.confirmed_by = 'webhook+query')), 0)
        FROM attempt AS b WHERE b.order_n = p.n), (SELECT COUNT(*) FROM gateway_call AS g
        JOIN attempt AS b ON b.n = g.attempt_n WHERE b.order_n = p.n AND g.what = 1)),
    p.version,
    strftime('%Y-%m-%dT%H:%M:%S', p.created_ms / 1000, 'unixepoch')
        || printf('.%03dZ', p.created_ms % 1000),
    CASE WHEN p.completed_ms > 0
        THEN strftime('%Y-%m-%dT%H:%M:%S', p.completed_ms / 1000, 'unixepoch')
            || printf('.%03dZ', p.completed_ms % 1000) END,
    CASE WHEN p.status = 3 THEN (SELECT strftime('%Y-%m-%dT%H:%M:%S', MAX(f.at_ms) / 1000,
            'unixepoch') || printf('.%03dZ', MAX(f.at_ms) % 1000)
        FROM fact AS f WHERE f.subject = p.said AND f.kind = 'ORDER_FAILED') END
FROM (SELECT n, customer_n, currency, status, version, created_ms, completed_ms,
        total_minor - refunded_minor AS kept,
        substr(lines, instr(lines, '"plan":{"plan":"') + 16) AS terms,
        CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
            'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
            WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
            ELSE 2 END AS digits,
        'ord_' || (WITH RECURSIVE spelt (i, word) AS (
            SELECT 0, ''
            UNION ALL
            SELECT i + 1, word || substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + ((((
                16 * (instr('0123456789ABCDEF', substr('0' || hex(id), (5 * i + 2) / 4 + 1, 1)) - 1)
                + instr('0123456789ABCDEF', substr('0' || hex(id), (5 * i + 2) / 4 + 2, 1)) - 1)
                >> (3 - (5 * i + 2) % 4))) & 31), 1)
            FROM spelt WHERE i < 26)
            SELECT word FROM spelt WHERE i = 26) AS said
    FROM purchase WHERE kind > 0) AS p
LEFT JOIN attempt AS a ON a.n = (SELECT b.n FROM attempt AS b WHERE b.order_n = p.n
    ORDER BY CASE WHEN b.status = 3 AND b.extra = 0 THEN 0 ELSE 1 END, b.n DESC LIMIT 1);

CREATE VIEW webhook_events (source, status, event_type, received_at) AS
SELECT CASE gateway WHEN 1 THEN 'moneymotion' WHEN 2 THEN 'stripe' WHEN 3 THEN 'flutterwave'
        WHEN 4 THEN 'eversend' ELSE 'none' END,
    CASE status WHEN 0 THEN 'received' WHEN 1 THEN 'applied' WHEN 2 THEN 'ignored'
        WHEN 3 THEN 'retrying' ELSE 'parked' END,
    name,
    strftime('%Y-%m-%dT%H:%M:%S', received_ms / 1000, 'unixepoch')
        || printf('.%03dZ', received_ms % 1000)
FROM event;

CREATE VIEW payment_audit_log (id, transaction_id, user_id, action_type, new_status, performed_by,
    created_at) AS
SELECT f.n, CASE WHEN f.subject LIKE 'ord~_%' ESCAPE '~' THEN f.subject
        WHEN instr(f.data, '"orderId":"ord_') > 0
        THEN substr(f.data, instr(f.data, '"orderId":"ord_') + 11, 30) END,
    (SELECT u.external_id FROM customer AS u
        WHERE u.n = f.customer_n AND instr(u.external_id, '@') = 0),
    f.kind,
    CASE f.kind WHEN 'ORDER_CREATED' THEN 'pending' WHEN 'ORDER_COMPLETED' THEN 'completed'
        WHEN 'ORDER_FAILED' THEN 'failed' WHEN 'ORDER_EXPIRED' THEN 'expired'
        WHEN 'ORDER_CANCELLED' THEN 'cancelled' WHEN 'ORDER_PARTIALLY_REFUNDED' THEN 'completed'
        WHEN 'ORDER_REFUNDED' THEN 'refunded' WHEN 'ORDER_DISPUTED' THEN 'disputed'
        WHEN 'ORDER_REVIEW' THEN 'review' END,
    CASE WHEN instr(f.actor, '@') = 0 THEN f.actor END,
    strftime('%Y-%m-%dT%H:%M:%S', f.at_ms / 1000, 'unixepoch') || printf('.%03dZ', f.at_ms % 1000)
FROM fact AS f
WHERE f.kind LIKE 'ORDER~_%' ESCAPE '~' OR f.kind LIKE 'PAYMENT~_%' ESCAPE '~'
    OR f.kind LIKE 'CHECKOUT~_%' ESCAPE '~' OR f.kind LIKE 'REFUND~_%' ESCAPE '~'
    OR f.kind LIKE 'DISPUTE~_%' ESCAPE '~' OR f.kind LIKE 'INVOICE~_%' ESCAPE '~'
    OR f.kind LIKE 'SUBSCRIPTION~_%' ESCAPE '~' OR f.kind LIKE '%~_WEBHOOK~_%' ESCAPE '~';
-- only pg
-- A barrier: what somebody asks of a view is never tried on rows that it leaves out.
CREATE VIEW creators_membership (id, user_id, new_tier, amount, currency, billing_cycle, gateway,
    gateway_reference, status, error_code, error_message, verification_count, version, created_at,
    completed_at, failed_at) WITH (security_barrier) AS
SELECT p.said, (SELECT u.external_id FROM customer AS u
        WHERE u.n = p.customer_n AND strpos(u.external_id, '@') = 0),
    CAST(p.lines AS JSONB) #>> '{0,plan,plan}',
    ROUND(CAST(p.kept AS NUMERIC) / POWER(CAST(10 AS NUMERIC), p.digits), p.digits),
    p.currency,
    CASE CAST(p.lines AS JSONB) #>> '{0,plan,months}' WHEN '12' THEN 'annual' ELSE 'monthly' END,
    CASE a.gateway WHEN 1 THEN 'moneymotion' WHEN 2 THEN 'stripe' WHEN 3 THEN 'flutterwave'
        WHEN 4 THEN 'eversend' ELSE 'none' END,
    COALESCE(NULLIF(a.payment, ''), a.session_id),
    CASE p.status WHEN 0 THEN 'pending' WHEN 1 THEN 'processing' WHEN 2 THEN 'completed'
        WHEN 3 THEN 'failed' WHEN 4 THEN 'expired' WHEN 5 THEN 'cancelled' WHEN 6 THEN 'completed'
        WHEN 7 THEN 'refunded' WHEN 8 THEN 'disputed' ELSE 'review' END,
    CASE WHEN p.completed_ms = 0 THEN CASE a.status WHEN 4 THEN 'declined' WHEN 5 THEN 'failed'
        WHEN 6 THEN 'unknown' WHEN 8 THEN 'expired' END END,
    CASE WHEN p.completed_ms = 0 AND strpos(a.why, '@') = 0 THEN NULLIF(a.why, '') END,
    GREATEST((SELECT CAST(COALESCE(SUM(b.asks + CASE b.confirmed_by WHEN 'webhook+query' THEN 1
        ELSE 0 END), 0) AS BIGINT) FROM attempt AS b WHERE b.order_n = p.n),
        (SELECT COUNT(*) FROM gateway_call AS g JOIN attempt AS b ON b.n = g.attempt_n
        WHERE b.order_n = p.n AND g.what = 1)),
    p.version,
    TIMESTAMPTZ 'epoch' + p.created_ms * INTERVAL '1 millisecond',
    CASE WHEN p.completed_ms > 0
        THEN TIMESTAMPTZ 'epoch' + p.completed_ms * INTERVAL '1 millisecond' END,
    CASE WHEN p.status = 3
        THEN (SELECT TIMESTAMPTZ 'epoch' + MAX(f.at_ms) * INTERVAL '1 millisecond'
            FROM fact AS f WHERE f.subject = p.said AND f.kind = 'ORDER_FAILED') END
FROM (SELECT n, customer_n, lines, currency, status, version, created_ms, completed_ms,
        total_minor - refunded_minor AS kept,
        CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
            'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
            WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
            ELSE 2 END AS digits,
        'ord_' || (SELECT string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + CAST(CAST(
                substring(B'00' || CAST('x' || encode(id, 'hex') AS BIT(128)) FROM 5 * i + 1 FOR 5)
                AS BIT(5)) AS INTEGER), 1), '' ORDER BY i)
            FROM generate_series(0, 25) AS i) AS said
    FROM purchase WHERE kind > 0) AS p
LEFT JOIN attempt AS a ON a.n = (SELECT b.n FROM attempt AS b WHERE b.order_n = p.n
    ORDER BY CASE WHEN b.status = 3 AND b.extra = 0 THEN 0 ELSE 1 END, b.n DESC LIMIT 1);

CREATE VIEW webhook_events (source, status, event_type, received_at) WITH (security_barrier) AS
SELECT CASE gateway WHEN 1 THEN 'moneymotion' WHEN 2 THEN 'stripe' WHEN 3 THEN 'flutterwave'
        WHEN 4 THEN 'eversend' ELSE 'none' END,
    CASE status WHEN 0 THEN 'received' WHEN 1 THEN 'applied' WHEN 2 THEN 'ignored'
        WHEN 3 THEN 'retrying' ELSE 'parked' END,
    name, TIMESTAMPTZ 'epoch' + received_ms * INTERVAL '1 millisecond'
FROM event;

CREATE VIEW payment_audit_log (id, transaction_id, user_id, action_type, new_status, performed_by,
    created_at) WITH (security_barrier) AS
SELECT f.n, CASE WHEN f.subject LIKE 'ord~_%' ESCAPE '~' THEN f.subject
        ELSE CAST(f.data AS JSONB) ->> 'orderId' END,
    (SELECT u.external_id FROM customer AS u
        WHERE u.n = f.customer_n AND strpos(u.external_id, '@') = 0),
    f.kind,
    CASE f.kind WHEN 'ORDER_CREATED' THEN 'pending' WHEN 'ORDER_COMPLETED' THEN 'completed'
        WHEN 'ORDER_FAILED' THEN 'failed' WHEN 'ORDER_EXPIRED' THEN 'expired'
        WHEN 'ORDER_CANCELLED' THEN 'cancelled' WHEN 'ORDER_PARTIALLY_REFUNDED' THEN 'completed'
        WHEN 'ORDER_REFUNDED' THEN 'refunded' WHEN 'ORDER_DISPUTED' THEN 'disputed'
        WHEN 'ORDER_REVIEW' THEN 'review' END,
    CASE WHEN strpos(f.actor, '@') = 0 THEN f.actor END,
    TIMESTAMPTZ 'epoch' + f.at_ms * INTERVAL '1 millisecond'
FROM fact AS f
WHERE f.kind LIKE 'ORDER~_%' ESCAPE '~' OR f.kind LIKE 'PAYMENT~_%' ESCAPE '~'
    OR f.kind LIKE 'CHECKOUT~_%' ESCAPE '~' OR f.kind LIKE 'REFUND~_%' ESCAPE '~'
    OR f.kind LIKE 'DISPUTE~_%' ESCAPE '~' OR f.kind LIKE 'INVOICE~_%' ESCAPE '~'
    OR f.kind LIKE 'SUBSCRIPTION~_%' ESCAPE '~' OR f.kind LIKE '%~_WEBHOOK~_%' ESCAPE '~';
-- both
