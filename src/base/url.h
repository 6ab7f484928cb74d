#ifndef BASE_URL_H
#define BASE_URL_H

#include "base/str.h"

/* The one reader of URLs (R67): where it and a browser, libcurl or a proxy could understand two
 * different hosts, it refuses.  Visible ASCII only; no backslash; no user and password unless
 * asked for; a host is a plain name (IDN in its ASCII spelling), four decimal numbers, or an IPv6
 * address in brackets: "127.1", "0x7f000001" and "2130706433" are none; no final dot; a port is
 * 1 to 65535 without leading zeros; percent signs encode something, and no control character,
 * backslash or NUL. */
struct url {
    struct str scheme;         /* lower case */
    struct str user, password; /* as written, still encoded; empty when absent */
    struct str host;           /* lower case; IPv6 in its shortest spelling, in brackets */
    int port;                  /* the scheme's own when none is given; 0: it has none */
    struct str path;           /* "" or from '/' on */
    struct str query;          /* without '?' */
    struct str fragment;       /* without '#' */
};
enum {
    URL_MAX = 2048,
    URL_WITH_USER = 1 /* smtp://user:password@host, postgres://… */
};

/* False, and one clause in *ret_why ("it names a user"), when text is no such URL. */
bool url_parse(struct arena *a, struct str text, int allow, struct url *ret, const char **ret_why);

/* "https://shop.example.com", "http://[::1]:8080": as browsers write it in Origin, so that two
 * spellings of one origin are one text. */
struct str url_origin(struct arena *a, const struct url *url);
bool url_is_origin(const struct url *url);   /* nothing behind it but perhaps one '/' */
bool url_is_loopback(const struct url *url); /* localhost, 127.0.0.0/8, ::1 */

/* The scheme's port: 443, 80, 25, 465, 5432; 0 for any other. */
int url_scheme_port(struct str scheme);
/* Percent encoding: for a query value, a path segment, a member of a form.  Decoding is false in
 * *ret_ok for a percent sign that encodes nothing. */
struct str url_encode(struct arena *a, struct str s);
struct str url_decode(struct arena *a, struct str s, bool plus_is_space, bool *ret_ok);

/* What stands between two slashes or behind "host:": 1 to 65535, no leading zero. */
bool url_port_parse(struct str text, int *ret);

#endif
