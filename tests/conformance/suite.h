/* The parts of the conformance suite, by subject. */
#ifndef SUITE_H
#define SUITE_H

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const test_case device_cases[], interface_cases[], control_cases[], bulk_cases[], ending_cases[],
    acquisition_cases[], long_cases[], unplug_cases[], queue_cases[], queue_ending_cases[], queue_waiting_cases[],
    stream_cases[], stream_out_cases[], stream_ending_cases[], isochronous_cases[], isochronous_ending_cases[],
    stream_isochronous_cases[], stream_time_cases[], leftover_cases[], table_cases[], watch_cases[],
    handle_error_cases[], zero_packet_cases[], buffer_cases[], bulk_stream_cases[], model_cases[],
    model_data_cases[], model_thread_cases[], fault_cases[], model_order_cases[], model_isochronous_cases[],
    share_cases[], share_clients_cases[];
extern const size_t device_count, interface_count, control_count, bulk_count, ending_count, acquisition_count,
    long_count, unplug_count, queue_count, queue_ending_count, queue_waiting_count, stream_count, stream_out_count,
    stream_ending_count, isochronous_count, isochronous_ending_count, stream_isochronous_count, stream_time_count,
    leftover_count, table_count, watch_count, handle_error_count, zero_packet_count, buffer_count, bulk_stream_count,
    model_count, model_data_count, model_thread_count, fault_count, model_order_count, model_isochronous_count,
    share_count, share_clients_count;

/* All of it: what main does, for a program that has loaded the suite. */
int conformance(int argc, char **argv);

/* Runs the program as a separate process of the table; returns its exit code. */
int table_child(int argc, char **argv);

#endif
