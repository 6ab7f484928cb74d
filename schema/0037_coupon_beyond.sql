-- Uses of a coupon beyond its limit (src/coupon): an order that was paid after its use was given
-- back, and another had taken the last, keeps its discount and is not counted.  Until now such a
-- use said that it was; the newest are taken for those.

UPDATE coupon_use SET counted = 0 WHERE order_n IN (
    SELECT u.order_n
    FROM (SELECT order_n, coupon_n,
            ROW_NUMBER() OVER (PARTITION BY coupon_n ORDER BY order_n DESC) AS nth
        FROM coupon_use WHERE state = 1 AND counted = 1) AS u
    JOIN coupon ON coupon.n = u.coupon_n
    WHERE u.nth <= (SELECT COUNT(*) FROM coupon_use AS c WHERE c.coupon_n = u.coupon_n
        AND c.counted = 1 AND c.state <> 2) - coupon.used);
