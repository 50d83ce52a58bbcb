/** @file
 * The results of waits, one after the other, for range-for.  SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef USBX_ITEMS_HPP
#define USBX_ITEMS_HPP

#include <cstddef>
#include <iterator>
#include <optional>
#include <system_error>

#include <usbx/timeout.hpp>

namespace usbx {

namespace detail {

/** Ends on a failure too, and stores which. */
struct telling {
    std::error_code *code;
    template <class Source> auto next(Source &source, timeout limit) const { return source.next(limit, *code); }
};

#ifdef __cpp_exceptions
/** Ends when nothing came in time. A failure throws. */
struct throwing {
    template <class Source> auto next(Source &source, timeout limit) const { return source.next(limit); }
};
#endif

} // namespace detail

/** The results of `source.next(limit)`, until it returns nothing. Each is requested when the loop needs it, and is
 * valid during one round of the loop. The source has to live as long as this.
 */
template <class Source, class Item, class Failure> class items {
public:
    struct sentinel {};

    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        using pointer = const Item *;
        using reference = const Item &;

        iterator() noexcept = default;
        explicit iterator(items *range) : range_(range) {}

        reference operator*() const { return *range_->item_; }
        pointer operator->() const { return &*range_->item_; }
        iterator &operator++()
        {
            range_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }

        bool operator==(sentinel) const noexcept { return !range_->item_.has_value(); }
        bool operator!=(sentinel) const noexcept { return range_->item_.has_value(); }
        friend bool operator==(sentinel end, const iterator &at) noexcept { return at == end; }
        friend bool operator!=(sentinel end, const iterator &at) noexcept { return at != end; }

    private:
        items *range_ = nullptr;
    };

    items(Source &source, timeout limit, Failure failure) noexcept : source_(&source), limit_(limit), failure_(failure) {}

    iterator begin()
    {
        advance();
        return iterator(this);
    }
    sentinel end() const noexcept { return {}; }

private:
    void advance() { item_ = failure_.next(*source_, limit_); }

    Source *source_;
    timeout limit_;
    Failure failure_;
    std::optional<Item> item_;
};

} // namespace usbx

#endif
