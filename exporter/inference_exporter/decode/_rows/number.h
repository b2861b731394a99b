/* Numbers and times in text, as the nearest double.
 *
 * Every function reads from a text that ends in a byte which no token contains (a line feed or NUL), so that it stops
 * there without asking for the end at each byte. A function returns the place after the token, or NULL if the general
 * path has to read the value.
 */
#ifndef INFERENCE_EXPORTER_NUMBER_H
#define INFERENCE_EXPORTER_NUMBER_H

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef const unsigned char *Text;

#define SMALLEST_POWER (-342)
#define GREATEST_POWER 308
#define N_POWERS (GREATEST_POWER - SMALLEST_POWER + 1)
#define DIGITS_AT_MOST 19 /* of a 64-bit number */

/* The upper 128 bits of each power of five, from decode/_powers.py: the upper 64 bits first. */
typedef struct {
    uint64_t upper, lower;
} Power;

static const double TENS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static inline int is_digit(unsigned char c) { return (unsigned char)(c - '0') < 10; }

/* Set the double nearest to digits * 10^exponent (Lemire 2021, Software: Practice and Experience 51(8):1700-1727).
 * Return 0 if it is subnormal or infinite: the general path reads these. */
static int nearest(const Power *powers, uint64_t digits, int64_t exponent, double *value) {
    if (digits == 0) {
        *value = 0.0;
        return 1;
    }
    if (digits <= (1ULL << 53) && exponent >= -22 && exponent <= 22) { /* both factors are exact */
        *value = exponent < 0 ? (double)digits / TENS[-exponent] : (double)digits * TENS[exponent];
        return 1;
    }
    if (exponent < SMALLEST_POWER || exponent > GREATEST_POWER) return 0;
    Power power = powers[exponent - SMALLEST_POWER];
    int zeros = __builtin_clzll(digits);
    uint64_t shifted = digits << zeros;
    unsigned __int128 product = (unsigned __int128)shifted * power.upper;
    if (((uint64_t)(product >> 64) & 0x1FF) == 0x1FF) /* the bits below could still carry */
        product += (uint64_t)(((unsigned __int128)shifted * power.lower) >> 64);
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    int carried = (int)(high >> 63);
    int dropped = carried + 9; /* keep 54 bits: one more than a double has */
    uint64_t mantissa = high >> dropped;
    int64_t binary = ((217706 * exponent) >> 16) + 63 + carried - zeros + 1023;
    if (binary <= 0 || binary >= 0x7FE) return 0;
    /* Exactly between two doubles: only there does the even one count. */
    if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && mantissa << dropped == high)
        mantissa &= ~1ULL;
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >> 53) {
        mantissa >>= 1;
        binary++;
    }
    uint64_t bits = ((uint64_t)binary << 52) | (mantissa & ((1ULL << 52) - 1));
    memcpy(value, &bits, sizeof bits);
    return 1;
}

/* Read a number of JSON. */
static Text read_number(const Power *powers, Text at, double *value) {
    int negative = *at == '-', n_digits = 0, cut = 0;
    uint64_t digits = 0;
    int64_t exponent = 0;
    at += negative;
    if (!is_digit(*at) || (*at == '0' && is_digit(at[1]))) return NULL;
    for (; is_digit(*at); at++) {
        if (n_digits < DIGITS_AT_MOST) {
            digits = digits * 10 + (uint64_t)(*at - '0');
            n_digits += digits != 0;
        } else {
            cut |= 1;
            exponent++;
        }
    }
    int is_whole = 1;
    if (*at == '.') {
        is_whole = 0;
        at++;
        if (!is_digit(*at)) return NULL;
        for (; is_digit(*at); at++) {
            if (n_digits < DIGITS_AT_MOST) {
                digits = digits * 10 + (uint64_t)(*at - '0');
                n_digits += digits != 0;
                exponent--;
            } else {
                cut |= 1;
            }
        }
    }
    if ((*at | 0x20) == 'e') {
        is_whole = 0;
        at++;
        int down = *at == '-';
        at += *at == '-' || *at == '+';
        if (!is_digit(*at)) return NULL;
        int64_t power = 0;
        for (; is_digit(*at); at++)
            if (power < 100000) power = power * 10 + (*at - '0');
        exponent += down ? -power : power;
    }
    if (!nearest(powers, digits, exponent, value)) return NULL;
    if (cut) { /* the digits left out decide nothing if the next greater number rounds to the same */
        double above;
        if (!nearest(powers, digits + 1, exponent, &above) || above != *value) return NULL;
    }
    if (negative && !(is_whole && digits == 0)) *value = -*value; /* -0 is a whole number, and 0 */
    return at;
}

/* Read a number of so many digits; -1 if a byte is not one. */
static int digits_of(Text at, int number) {
    int value = 0;
    for (int i = 0; i < number; i++) {
        if (!is_digit(at[i])) return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* Days since 1970 of a date of the Gregorian calendar, from March to February (Hinnant, chrono-Compatible Low-Level Date
 * Algorithms). */
static int64_t days_of(int year, int month, int day) {
    year -= month <= 2;
    int64_t era = year / 400, in_era = year - era * 400;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static int days_in(int year, int month) {
    static const unsigned char LENGTHS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return LENGTHS[month - 1] + (month == 2 && leap);
}

/* Read RFC 3339 between quotes as Unix seconds; `at` is after the first quote. Only years from 2000 to 2099: their
 * seconds cannot be taken for dates in digits. */
static Text read_moment(Text at, double *seconds) {
    for (int i = 0; i < 19; i++) /* never beyond the end of the text */
        if (at[i] < 0x20) return NULL;
    int year = digits_of(at, 4), month = digits_of(at + 5, 2), day = digits_of(at + 8, 2);
    int hour = digits_of(at + 11, 2), minute = digits_of(at + 14, 2), second = digits_of(at + 17, 2);
    unsigned char between = at[10];
    if (at[4] != '-' || at[7] != '-' || (between != 'T' && between != 't' && between != ' ')) return NULL;
    if (at[13] != ':' || at[16] != ':' || year < 2000 || year > 2099 || month < 1 || month > 12) return NULL;
    if (day < 1 || day > days_in(year, month)) return NULL;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return NULL;
    int64_t whole = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second, micro = 0;
    at += 19;
    if (*at == '.') {
        int n = 0;
        for (at++; is_digit(*at); at++, n++)
            if (n < 6) micro = micro * 10 + (*at - '0');
        if (n == 0) return NULL;
        for (; n < 6; n++) micro *= 10;
    }
    if (*at == 'Z' || *at == 'z') {
        at++;
    } else if (*at == '+' || *at == '-') {
        int west = *at == '-' ? -1 : 1;
        for (int i = 1; i < 6; i++)
            if (at[i] < 0x20) return NULL;
        int hours = digits_of(at + 1, 2), minutes = digits_of(at + 4, 2);
        if (at[3] != ':' || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NULL;
        whole -= west * (hours * 3600 + minutes * 60);
        at += 6;
    }
    if (*at != '"') return NULL;
    *seconds = (double)(whole * 1000000 + micro) / 1e6; /* both are exact, so this is the nearest */
    return at + 1;
}

#endif
