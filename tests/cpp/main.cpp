#include "cases.hpp"

int main(int argc, char **argv)
{
    for (cases (*part)() : {status_cases, timeout_cases, bytes_cases, buffer_cases, owner_cases, device_cases, queue_cases, stream_cases,
                            watch_cases, capture_cases, model_cases, share_cases}) {
        const cases list = part();
        run_cases(list.data(), list.size(), argc, argv);
    }
    return finish_cases();
}
