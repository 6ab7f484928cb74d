#ifndef EDGE_TOKEN_FIXTURE_H
#define EDGE_TOKEN_FIXTURE_H

/* Keys that only tests know, and tokens that another implementation (Node's crypto) has signed with
 * their private halves: {"sub":"user-1","exp":1795140300,"iat":1795140000,
 * "iss":"https://app.example","aud":"purser"}. */

#define RSA_PUBLIC                                                                                 \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA+vS0iaAB+qZZDNjYdjSr\n"                           \
    "TeDJ6g4ooZ1dM2n1MER2NZjQVgsahijuQ7G3c1yWQNPjlJGqlHS3ZkBS4gM7VY6G\n"                           \
    "5YCX5ODLbhsVGvGi7Q0cQvHozzI/k1l0fxhkClvjgaLAxRz5Nkzbk2gJRMT6aDsW\n"                           \
    "l+wL8cHU538CyoC9VMFrmh4rYimxuWHkn6c9R7mUorA9m/WvS7goNt8lo8wUDleY\n"                           \
    "XobmqtjCphnAd5qjGMDqqpv7RAnAZkEpfiU/Cua5kLGz2ONkd/z29+5WDcNMdxay\n"                           \
    "D2c+dZLMQxN8pbWA+vEUYy55yUixum/+k7847IoQub6G8v4h+XsaWnKVPxLQ8mGR\n"                           \
    "6QIDAQAB\n"                                                                                   \
    "-----END PUBLIC KEY-----\n"

#define EC_PUBLIC                                                                                  \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIAvHVdOBFD8Np8oAp9TThadIM1cq\n"                           \
    "o+KYy1D+Ogcu1NPbyzQJP9HzineOTmD7s8bJ7Wf5lIYdBNQAU5PFevsvgA==\n"                               \
    "-----END PUBLIC KEY-----\n"

#define EC384_PUBLIC                                                                               \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEai4OyRMTTOMH+dNNEM9MveaObjxg1gP6\n"                           \
    "km2ixE0UCqNEiibHr71nVnuqrFTnHhW5kzoN75G0TAqT2YOO8pPk77RjuASWEMqV\n"                           \
    "0Tcf2xkOxd2XqzxY+yp6dsSN8IUwLnE7\n"                                                           \
    "-----END PUBLIC KEY-----\n"

#define ED_PUBLIC                                                                                  \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEAhR/rnPYGxTmp+wufXYthyDa2S1n0A2ftbFnXa0geysA=\n"                               \
    "-----END PUBLIC KEY-----\n"

#define RS256_TOKEN                                                                                \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyLTEiLCJleHAiOjE3OTUxNDAzMDAsIml"         \
    "hdCI6MTc5NTE0MDAwMCwiaXNzIjoiaHR0cHM6Ly9hcHAuZXhhbXBsZSIsImF1ZCI6InB1cnNlciJ9.LkP4CP"         \
    "zA27bY1WENGSdohPHsKoQKKDoyyJ2a9RULnDaCx6rQaKQ_ZdWOLkiYdopjaHn5RjodrMFpRzY2SOBPefijkp"         \
    "1UF7tR-Q_iF_BTVBgkkTeUzf3Lkiq8xjNRdkukEKhGYm-6vlmseIuvb-cv90Mb4x7_C2dQ2PQyrV0szVZfqD"         \
    "PLZ_TN3GcnrNyUmh3YN5zsie0qoXiKrW3rpQMsXHwE27yhsJwB60jjSIp3wqn0XZNVsa1KAqTKfKentHzuS8"         \
    "Suc_w1LiS4sqmLhx87ipH8ZXJ90NJj0Rmrs6jb8SI4V81dNDNjTAPzRjwjxVPBkyOCOEJoAXLwSl4MilMEvg"

#define ES256_TOKEN                                                                                \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyLTEiLCJleHAiOjE3OTUxNDAzMDAsIml"         \
    "hdCI6MTc5NTE0MDAwMCwiaXNzIjoiaHR0cHM6Ly9hcHAuZXhhbXBsZSIsImF1ZCI6InB1cnNlciJ9.RZqB8U"         \
    "eDRvvNuJI8tNWvjv_eYMolTJMEpkNgS0ahGMdgUBJWdGK7L7MLFeUQF94gtaZLIdSuKwbFlDrY-IF9EQ"

#define ES256_DER_TOKEN                                                                            \
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyLTEiLCJleHAiOjE3OTUxNDAzMDAsIml"         \
    "hdCI6MTc5NTE0MDAwMCwiaXNzIjoiaHR0cHM6Ly9hcHAuZXhhbXBsZSIsImF1ZCI6InB1cnNlciJ9.MEQCID"         \
    "xnqYrzohDbPOozLk365lcgsm2I7y9Idsnwm7XCtH1kAiBN2d_eBw_ObtK2hucHvC8n6EQvMjOPk3xvjP9f9H"         \
    "gz_Q"

#define RS256_BY_EC                                                                                \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyLTEiLCJleHAiOjE3OTUxNDAzMDAsIml"         \
    "hdCI6MTc5NTE0MDAwMCwiaXNzIjoiaHR0cHM6Ly9hcHAuZXhhbXBsZSIsImF1ZCI6InB1cnNlciJ9.gw6NKR"         \
    "4IlBfg2Iaj5v6k4o5cUBQApSnDr8fCRhvr_MFOQawnNptSt7Ht3CObAS9aklO9pLg4ckBLg9DtT9bUzw"

#define RS256_PSS_TOKEN                                                                            \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1c2VyLTEiLCJleHAiOjE3OTUxNDAzMDAsIml"         \
    "hdCI6MTc5NTE0MDAwMCwiaXNzIjoiaHR0cHM6Ly9hcHAuZXhhbXBsZSIsImF1ZCI6InB1cnNlciJ9.zpEqaU"         \
    "8MCVVeeuwyTrBYqRAvEjIRcT2LkSugJrRC1kur8S0G7NNrSCD-xIDeeOY3_JRdYeBDmbK0wCPXjvXyj842iY"         \
    "cpBdV-lLQwZkV9Y_ika-VOvWCM6gcdau8jGryxJcjaRdg3CMSUhxSdxBQU2Prfq3vKOXrCWc2_f3ks1L9Dcr"         \
    "7UxZdI7OFCtVKFo38TncSUziQBVJQBOKiV6BRyG6jIyCPCASI2o9lmxcG6Ig4khgpZ7ESYKvwdQvNUm96KWM"         \
    "2R2TfOjKEKWJmtP6S2wa-LQH_3x8x-mk1lVlirO8MmMrKYlzKH6PeP3vVOk4NakDae8fGj8Uaw9maRiAx3YQ"

#endif
