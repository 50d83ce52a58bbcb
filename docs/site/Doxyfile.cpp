# The same for C++. Names without a comment are described with the C function of the same name.
@INCLUDE             = docs/site/Doxyfile
INPUT                = $(SITE_WORK)/cpp
OUTPUT_DIRECTORY     = $(SITE_WORK)/cpp
OPTIMIZE_OUTPUT_FOR_C = NO
EXTRACT_ALL          = YES
EXCLUDE_SYMBOLS      = usbx::detail* detail* std* telling throwing items
