# The same for C++. What has no comment there is described with the C function of its name.
@INCLUDE             = docs/site/Doxyfile
INPUT                = $(SITE_WORK)/cpp
OUTPUT_DIRECTORY     = $(SITE_WORK)/cpp
OPTIMIZE_OUTPUT_FOR_C = NO
EXTRACT_ALL          = YES
EXCLUDE_SYMBOLS      = usbx::detail* detail* std* telling throwing items
