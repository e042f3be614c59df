"""The way to Redis and back.

amqp           where Celery publishes: a row instead           outbox   what such a message is: new, retry …
publishing     committed rows leave, in one attempt            queues   their layout in Redis
lost_messages  what the broker has no more                     ping     whether it answers
beside         page after page, while the next is written
"""
