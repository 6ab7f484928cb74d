#include "risk/fit.h"

#include <math.h>

/* Newton's method on the logistic loss, with a small pull towards zero on all but the base, without
 * which a feature that only frauds have would weigh without end.  The loss is convex, so wherever
 * it begins it ends in the same place. */

enum {
    ROUNDS = 50,
    HALVINGS = 30
};
static const double pull = 1.0, enough = 1e-9;

struct model {
    const struct fit_sample *sample;
    size_t n;
    double w[RISK_FEATURES];
    double slope[RISK_FEATURES], bend[RISK_FEATURES][RISK_FEATURES];
};

static double sum_of(const double w[RISK_FEATURES], const struct fit_sample *s)
{
    double sum = 0;
    for (size_t i = 0; i < RISK_FEATURES; i++)
        sum += w[i] * s->value[i];
    return sum;
}

/* log(1 + e^x) without overflow. */
static double log1pexp(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double loss_of(const struct model *m, const double w[RISK_FEATURES])
{
    double loss = 0;
    for (size_t i = 0; i < RISK_FEATURES; i++)
        loss += i == RISK_BASE ? 0 : pull / 2 * w[i] * w[i];
    for (size_t k = 0; k < m->n; k++) {
        double sum = sum_of(w, &m->sample[k]);
        loss += log1pexp(m->sample[k].fraud ? -sum : sum);
    }
    return loss;
}

static void differentiate(struct model *m)
{
    for (size_t i = 0; i < RISK_FEATURES; i++) {
        m->slope[i] = i == RISK_BASE ? 0 : pull * m->w[i];
        for (size_t j = 0; j < RISK_FEATURES; j++)
            m->bend[i][j] = i != j ? 0 : i == RISK_BASE ? 1e-9 : pull;
    }
    for (size_t k = 0; k < m->n; k++) {
        const struct fit_sample *s = &m->sample[k];
        double p = 1 / (1 + exp(-sum_of(m->w, s))), bent = p * (1 - p);
        for (size_t i = 0; i < RISK_FEATURES; i++) {
            if (s->value[i] == 0)
                continue;
            m->slope[i] += (p - (s->fraud ? 1 : 0)) * s->value[i];
            for (size_t j = 0; j <= i; j++)
                m->bend[i][j] += bent * s->value[i] * s->value[j];
        }
    }
}

/* bend × step = slope, by Cholesky: bend is L × its mirror, and L takes its place. */
static void solve(struct model *m, double step[RISK_FEATURES])
{
    double(*l)[RISK_FEATURES] = m->bend;
    for (size_t i = 0; i < RISK_FEATURES; i++)
        for (size_t j = 0; j <= i; j++) {
            double left = l[i][j];
            for (size_t k = 0; k < j; k++)
                left -= l[i][k] * l[j][k];
            l[i][j] = i == j ? sqrt(left) : left / l[j][j];
        }
    for (size_t i = 0; i < RISK_FEATURES; i++) {
        step[i] = m->slope[i];
        for (size_t k = 0; k < i; k++)
            step[i] -= l[i][k] * step[k];
        step[i] /= l[i][i];
    }
    for (size_t i = RISK_FEATURES; i-- > 0;) {
        for (size_t k = i + 1; k < RISK_FEATURES; k++)
            step[i] -= l[k][i] * step[k];
        step[i] /= l[i][i];
    }
}

/* Far from the end a whole step may lead away: half of it, until it does not.  Returns how far the
 * farthest weight went. */
static double walk(struct model *m, const double step[RISK_FEATURES])
{
    double before = loss_of(m, m->w), part = 1, farthest = 0;
    for (int i = 0; i < HALVINGS; i++) {
        double w[RISK_FEATURES];
        for (size_t k = 0; k < RISK_FEATURES; k++)
            w[k] = m->w[k] - part * step[k];
        part /= 2;
        if (loss_of(m, w) > before)
            continue;
        for (size_t k = 0; k < RISK_FEATURES; k++) {
            double went = fabs(w[k] - m->w[k]);
            farthest = went > farthest ? went : farthest;
            m->w[k] = w[k];
        }
        return farthest;
    }
    return 0;
}

static bool varies(const struct fit_sample *sample, size_t n, size_t feature)
{
    for (size_t k = 1; k < n; k++)
        if (sample[k].value[feature] != sample[0].value[feature])
            return true;
    return feature == RISK_BASE;
}

void fit_weights(const struct fit_sample *sample, size_t n, int64_t weight[RISK_FEATURES])
{
    const double most = 10000;
    struct model m = { .sample = sample, .n = n };
    must(n > 0);
    for (int round = 0; round < ROUNDS; round++) {
        double step[RISK_FEATURES] = { 0 };
        differentiate(&m);
        solve(&m, step);
        if (walk(&m, step) < enough)
            break;
    }
    for (size_t i = 0; i < RISK_FEATURES; i++) {
        double points = 100 * m.w[i];
        points = points > most ? most : points < -most ? -most : points;
        if (varies(sample, n, i))
            weight[i] = (int64_t)(points < 0 ? points - 0.5 : points + 0.5);
    }
}
