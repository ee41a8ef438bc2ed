import t from 'tap'
import { v7 as newSagaId } from 'uuid'
import { cursorAfter, sagaBefore } from './cursor.ts'

t.test('a cursor leads back to the saga it was made of', async (t) => {
  const sagaId = newSagaId()
  t.match(cursorAfter(sagaId), /^[\w-]+$/, 'as it stands in an address')
  t.equal(sagaBefore(cursorAfter(sagaId)), sagaId)
})

t.test('what is no cursor of ours is none', async (t) => {
  const cursor = cursorAfter(newSagaId())
  for (const text of ['', 'nope', newSagaId(), `${cursor}=`, `${cursor}A`, cursor.slice(1), ` ${cursor}`]) {
    t.equal(sagaBefore(text), null, text)
  }
})
