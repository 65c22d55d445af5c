//! An invitation, requests to enrol, to refresh and to block, that a card was accepted, and a line of
//! cards as a store keeps it: each is read as one of them at most, and has one form.
#![no_main]

vitacard_fuzz::target!(vitacard_fuzz::enrolment);
